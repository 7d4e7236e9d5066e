"""The catalogue: the systems of the paper's Table 3 as ready settings, used by name."""
