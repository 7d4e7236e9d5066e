"""Facts: how the run was made, the few that everybody asks for apart from all that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.reports.plain import plain_sorted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.run_result import RunResult

_SHORT = 12
"""Digits of a digest that are enough to tell two apart by eye."""


def short_facts(run: RunResult) -> list[tuple[str, str]]:
    """What stands on top: each fact with its name."""
    return list(_short(run))


def all_facts(run: RunResult) -> str:
    """Everything that the run says of itself, as indented JSON."""
    return json.dumps(plain_sorted(run.facts), indent=2, ensure_ascii=False)


def run_name(run: RunResult) -> str:
    """What the run is called."""
    return str(run.facts.get("run_id") or "run")


def _short(run: RunResult) -> Iterator[tuple[str, str]]:
    facts = run.facts
    yield "run", run_name(run)
    if facts.get("started"):
        yield "started", str(facts["started"])
    dataset, versions, git = (section_of(facts, name) for name in ("dataset", "versions", "git"))
    if dataset:
        fingerprint = str(dataset.get("fingerprint"))[:_SHORT]
        yield "dataset", f"{dataset.get('samples')} samples, fingerprint {fingerprint}"
    yield "profile", f"{run.profile.name} ({run.profile.convention}), digest {run.profile.digest[:_SHORT]}"
    if git:
        yield "git commit", f"{str(git.get('commit'))[:_SHORT]}{' with changes' if git.get('dirty') else ''}"
    if versions:
        yield "medgen-pytest", str(versions.get("medgen-pytest"))
