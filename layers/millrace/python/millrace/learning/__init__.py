"""Algorithms behind one Trainer contract, search among them, ensembles, and export to ONNX.

In a notebook: `from millrace.learning import fit`.
"""

from millrace.learning.notebook import Model, fit

__all__ = ["Model", "fit"]
