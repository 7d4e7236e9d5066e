"""The judge: a model that reads an output by a rubric and says how good it is."""
