"""The threshold profiles of the benchmark, as data."""
