"""Metrics: an output and its target in, scores out, under a named convention."""
