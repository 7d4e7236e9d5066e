"""The benchmark: one test per sample and model."""
