"""Local models: weights on this machine, run in batches by transformers or diffusers; nothing is ever downloaded."""
