"""Drift statistics and the decision made from them: numpy at most, no I/O."""
