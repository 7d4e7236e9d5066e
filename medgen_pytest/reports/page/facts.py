"""Facts: how the run was made, the few that everybody asks for apart from all that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.reports.plain import plain_sorted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def dataset_text(dataset: Mapping[str, object]) -> str:
    """How large a dataset is, and which one."""
    return f"{dataset.get('samples')} samples, fingerprint {short_digest(dataset.get('fingerprint'))}"


def commit_text(git: Mapping[str, object]) -> str:
    """The commit that a run was made at, and whether what was run is that."""
    return f"{short_digest(git.get('commit'))}{' with changes' if git.get('dirty') else ''}"


def short_digest(value: object) -> str:
    """The first digits of a digest or of a commit."""
    return str(value)[:_SHORT]


def _short(run: RunResult) -> Iterator[tuple[str, str]]:
    facts = run.facts
    yield "run", run_name(run)
    if facts.get("started"):
        yield "started", str(facts["started"])
    dataset, versions, git = (section_of(facts, name) for name in ("dataset", "versions", "git"))
    if dataset:
        yield "dataset", dataset_text(dataset)
    yield "profile", f"{run.profile.name} ({run.profile.convention}), digest {short_digest(run.profile.digest)}"
    if git:
        yield "git commit", commit_text(git)
    if versions:
        yield "medgen-pytest", str(versions.get("medgen-pytest"))
