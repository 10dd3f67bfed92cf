"""Millrace: machine learning as a service in the user's own AWS account."""

__version__ = "0.1.0"
