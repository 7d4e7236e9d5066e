"""What sessions and commands that run within a test import, loaded once, for the sake of time alone.

pytester forgets after each of them what that imported, unless it was there before.
"""

# ruff: noqa: F401 - to have imported them is all that is wanted
from __future__ import annotations

import jinja2
import scipy.stats  # it loads parts of numpy, which can be loaded but once in a process

import medgen_pytest.engine.evaluator
import medgen_pytest.engine.look_ahead
import medgen_pytest.engine.window
import medgen_pytest.evaluation.early_stop
import medgen_pytest.judge.judge
import medgen_pytest.models.classical.methods
import medgen_pytest.models.classical.model
import medgen_pytest.models.copy_input
import medgen_pytest.models.estimates
import medgen_pytest.models.oracle
import medgen_pytest.models.python
import medgen_pytest.plugin.ending
import medgen_pytest.plugin.evaluating
import medgen_pytest.plugin.making
import medgen_pytest.plugin.progress
import medgen_pytest.plugin.runner
import medgen_pytest.runs.page.writing
import medgen_pytest.runs.prepare
