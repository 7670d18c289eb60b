"""Hostile files, made anew for each test: what each of them must not do is in ``test_hostile``."""
