"""Exports: the samples of a run as files and stores of other tools; everything stays on this machine by default."""
