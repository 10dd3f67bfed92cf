"""Metrics and comparisons; runs in the job, and the gate reads only its JSON."""
