"""The engine: from a plan through inference to scores, one sample at a time."""
