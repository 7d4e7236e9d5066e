"""Sessions of pytest within tests: without plugins of this environment that a user need not have."""

from __future__ import annotations

WITHOUT_OTHERS = ("-p", "no:hypothesispytest", "-p", "no:anyio")
"""Hypothesis alone costs each process of a session, workers too, as much as everything else in it."""
FRESH = (*WITHOUT_OTHERS, "-p", "no:cacheprovider")
"""Without the cache of pytest too."""
WITHOUT_PAGE = "--medgen-report-html=false"
"""The page is a sixth of what a small session takes, and more with large images; those that look at it ask for it."""
