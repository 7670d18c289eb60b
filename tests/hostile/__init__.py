"""Files with one thing wrong: what each of them must not do is in ``test_hostile``."""
