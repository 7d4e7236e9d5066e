"""Merging: shards and interrupted parts of a run become one run directory."""
