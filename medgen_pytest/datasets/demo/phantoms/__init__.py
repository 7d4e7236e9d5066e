"""Phantoms of the six modalities, one module each."""
