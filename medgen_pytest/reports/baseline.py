"""Baselines as text: the file, a sample a line so that two versions can be told apart, and what a person is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.line import Line
from medgen_pytest.reports.terminal import summary_lines
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.evaluation.baseline import Baseline


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Writes a baseline as JSON in ASCII, whole or not at all. Raises StoreError naming the path."""
    write_text_atomically(path, baseline_text(baseline))


def baseline_text(baseline: Baseline) -> Iterator[str]:
    """The document in parts: the same bytes for the same run."""
    document = baseline.to_dict()
    samples = document.pop("samples")
    head = json.dumps(document, indent=1, allow_nan=False)
    yield head.removesuffix("\n}") + ',\n "samples": {'
    models: Mapping[str, list[object]] = samples  # type: ignore[assignment]  # as `to_dict` makes them
    for number, (model, lines) in enumerate(models.items()):
        yield f"{',' if number else ''}\n  {json.dumps(model)}: [\n"
        yield ",\n".join(json.dumps(line, separators=(",", ":"), allow_nan=False) for line in lines)
        yield "\n  ]"
    yield "\n }\n}\n"


def baseline_lines(baseline: Baseline, *, width: int = 80) -> list[Line]:
    """What a baseline is of, and the tables of its rates."""
    facts = baseline.facts
    told = {
        "run": facts.get("run_id"),
        "created": facts.get("created"),
        "dataset": section_of(facts, "dataset").get("fingerprint"),
        "profile": f"{baseline.profile.name} ({baseline.profile.digest})",
        "models": ", ".join(baseline.models),
        "conventions": ", ".join(sorted(baseline.conditions.conventions.values())),
    }
    known = [Line(text=f"{name:<12}{visible(str(value))}") for name, value in told.items() if value]
    return [*known, Line(text=""), *summary_lines(baseline.to_run(), width=width)]
