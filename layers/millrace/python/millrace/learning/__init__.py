"""Algorithms behind one Trainer contract, search among them, and export to ONNX."""
