"""Everything that touches a Keras in memory."""
