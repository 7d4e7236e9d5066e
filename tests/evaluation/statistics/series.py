"""Series of shares and scores in clusters, as strategies of Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

VERDICTS = st.lists(st.integers(0, 1), min_size=1, max_size=60)
"""Samples that are accurate or not."""

CLUSTERED = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7)), min_size=1, max_size=60)
"""Verdicts, each with its cluster."""

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
