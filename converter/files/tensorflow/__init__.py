"""TensorFlow's files: SavedModels and checkpoints, read as the bytes that they are."""
