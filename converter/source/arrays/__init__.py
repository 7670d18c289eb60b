"""Statements on whole arrays, for NumPy."""
