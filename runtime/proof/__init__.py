"""The check: drawn inputs, both readings side by side, and the layer at which they part."""
