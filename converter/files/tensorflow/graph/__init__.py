"""Graphs of TensorFlow's operations, read as layers and operations of Keras."""
