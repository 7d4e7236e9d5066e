"""Wire formats: how each provider's requests are read and its replies and errors are written."""
