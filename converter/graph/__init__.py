"""ONNX as a format: nodes, operators by opset, bytes and files; nothing of Keras."""
