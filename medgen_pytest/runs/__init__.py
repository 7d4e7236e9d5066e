"""Runs: settings put together into a run that can start, and a run directory turned into reports."""
