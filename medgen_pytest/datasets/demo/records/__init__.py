"""Records of the demo dataset, a module for each kind of work that they ask for."""
