"""Judging with something replaced: what is replaced by what, and what was said of it before."""
