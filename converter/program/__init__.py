"""The little language of loops between a description and source code."""
