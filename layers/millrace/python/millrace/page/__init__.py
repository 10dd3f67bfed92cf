"""A run's findings as one HTML page that needs nothing else: markup and pictures, made from numbers alone."""
