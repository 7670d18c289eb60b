"""Run ONNX models: sessions, batches and what a caller gives."""
