"""Comparisons of runs: in the terminal, as Markdown and as JSON."""
