"""One runtime per file: from typed values to predictions, through ONNX Runtime."""
