"""Running models: sessions, the NumPy reading, and the check that holds one against the other."""
