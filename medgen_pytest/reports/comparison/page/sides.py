"""Sides on the page: what each of them is, how it was made, and under which conditions all were."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.reports.figures import NOTHING
from medgen_pytest.reports.judging import who_judged
from medgen_pytest.reports.page.facts import commit_text, dataset_text, short_digest
from medgen_pytest.reports.page.index_data import name_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.comparison import RunComparison, Side

_OF_MODELS = ("adapter", "kind", "model", "revision")


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRow:
    """One side: texts, `-` where nothing is known."""

    letter: str
    model: str
    name: str
    kind: str
    run: str
    started: str
    samples: int
    identity: str
    commit: str
    version: str


def side_name(side: Side) -> str:
    """Like `A: my-vlm`."""
    return name_text(f"{side.letter}: {side.model}")


def side_row(side: Side) -> SideRow:
    """What a side is."""
    facts = side.run.facts
    git, versions = section_of(facts, "git"), section_of(facts, "versions")
    return SideRow(
        letter=side.letter,
        model=side.model,
        name=side.name,
        kind="baseline" if side.is_baseline else "run",
        run=str(facts.get("run_id") or NOTHING),
        started=str(facts.get("started") or facts.get("created") or NOTHING),
        samples=len(side.samples),
        identity=_identity(side),
        commit=commit_text(git) if git else NOTHING,
        version=str(versions.get("medgen-pytest") or facts.get("version") or NOTHING),
    )


def conditions(comparisons: Sequence[RunComparison]) -> list[tuple[str, str]]:
    """What all sides share, each fact with its name; of metrics that are compared their conventions."""
    run = comparisons[0].first.run
    return [
        *_shared(comparisons[0].first),
        *_conventions(comparisons),
        *([("judge", who_judged(run))] * bool(run.judging)),
    ]


def comparison_names(comparisons: Sequence[RunComparison]) -> list[str]:
    """Like `B against A`, with the model where several are compared of the same two."""
    letters = [f"{one.second.letter} against {one.first.letter}" for one in comparisons]
    often = Counter(letters)
    return [
        name_text(f"{text}: {one.second.model}" if often[text] > 1 else text)
        for text, one in zip(letters, comparisons, strict=True)
    ]


def _shared(side: Side) -> Iterator[tuple[str, str]]:
    facts, profile, repeats = side.run.facts, side.run.profile, side.run.repeats
    dataset = section_of(facts, "dataset")
    if dataset:
        yield "dataset", dataset_text(dataset)
    yield "profile", f"{profile.name} ({profile.convention}), digest {short_digest(profile.digest)}"
    if not repeats.is_one:
        yield "repeats", f"{repeats} (A)"


def _conventions(comparisons: Sequence[RunComparison]) -> list[tuple[str, str]]:
    side = comparisons[0].first
    told = Conditions.of(side.run.facts, side.run.profile).conventions
    names = {metric.metric for comparison in comparisons for metric in comparison.metrics}
    return [(f"convention of {name}", told[name]) for name in side.run.profile.in_order(names) if name in told]


def _identity(side: Side) -> str:
    """Like `adapter openai_chat, model my-vlm, revision 1a2b`."""
    identity = section_of(section_of(side.run.facts, "models"), side.model)
    told = [f"{key} {identity[key]}" for key in _OF_MODELS if isinstance(identity.get(key), str)]
    digest = identity.get("digest")
    return ", ".join([*told, *([] if digest is None else [f"digest {short_digest(digest)}"])]) or NOTHING
