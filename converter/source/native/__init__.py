"""What C and C++ have in common: one printer, of which each is a dialect."""
