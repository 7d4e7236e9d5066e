"""Looking at everything that a run needs, before it: one part a module."""
