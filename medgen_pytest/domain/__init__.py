"""The nouns of the benchmark as values and contracts; no input or output happens here."""
