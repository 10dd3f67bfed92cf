"""One verb per file: a function of its input and the ports it needs."""
