"""Labels: what experts said, read back from whichever form they were given and checked against the key."""

from medgen_pytest.runs.experts.labels.checking import CheckedLabels, Label, Problem
from medgen_pytest.runs.experts.labels.reading import read_labels

__all__ = ["CheckedLabels", "Label", "Problem", "read_labels"]
