"""Keras files in, ONNX graphs out: read, describe, emit."""
