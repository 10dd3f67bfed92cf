"""The AutoML engine and its peers: same data, same splits, same seconds, one process at a time."""
