"""Sessions of pytest within tests: without what they do not need and each of their thousands of processes would pay."""

from __future__ import annotations

WITHOUT_OTHERS = ("-p", "no:hypothesispytest", "-p", "no:anyio", "--assert=plain")
"""Without plugins of this environment that a user need not have: Hypothesis alone costs each process of a session,
workers too, as much as everything else in it. And without pytest's rewriting of asserts, which is done to the modules
of plugins, too, and takes another tenth or more. That sessions work with it the check of the wheel shows."""
FRESH = (*WITHOUT_OTHERS, "-p", "no:cacheprovider")
"""Without the cache of pytest too."""
WITHOUT_PAGE = "--medgen-report-html=false"
"""The page is a sixth of what a small session takes, and more with large images; those that look at it ask for it."""
