"""Tables of systems, like Table 3 of the paper: from stored runs and published tables, the best marked."""
