"""Algorithms behind one Trainer contract, search among them, ensembles, and export to ONNX.

In a notebook: `from millrace.learning import fit`.
"""

from millrace.learning.notebook import Data, Model, fit
from millrace.learning.search import Progress
from millrace.learning.trial import Trial

__all__ = ["Data", "Model", "Progress", "Trial", "fit"]
