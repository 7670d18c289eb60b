"""Tables of rows as people keep them."""
