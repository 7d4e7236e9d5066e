"""The HTML page of a run: its material read from the run directory and the dataset, and the file written."""
