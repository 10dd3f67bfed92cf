"""Reading, profiling, validating and preparing rows."""
