"""A judged run on the small dataset, without any judge: results with judgements, as a run leaves them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.judgement import JUDGE_METRICS, Judgement
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.score import Score
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import STARTED, prepare
from tests.small_dataset import pixels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.runs.prepare import PreparedRun

MODELS = ("the-first-model", "the-second-model")
DIGESTS = {"judge": "judge-digest", "rubric": "rubric-digest"}
DIMENSIONS: tuple[tuple[str, str, str, list[str]], ...] = (
    ("coherence", "Coherence", "Do image and text tell one story?", ["multimodal_generation"]),
    ("content_accuracy", "Content accuracy", "Are the medical facts right?", []),
    ("relevance", "Relevance", "Does it do what was asked?", []),
)
RUBRIC: Mapping[str, object] = {
    "name": "medgen-holistic",
    "version": "1",
    "digest": "rubric-digest",
    "low": 1,
    "high": 10,
    "dimensions": [
        {"name": name, "title": title, "question": question, "formats": formats}
        for name, title, question, formats in DIMENSIONS
    ],
}


def judged_run(
    folder: Path,
    *,
    tiers: Sequence[Tier] = ("with_reference",),
    models: Sequence[str] = MODELS,
    rubric: Mapping[str, object] = RUBRIC,
    threshold: float | None = 8.0,
    text: str = "A. left",
) -> Path:
    """Writes the run `run` in a folder, on the small dataset beside it; every model answers with `text`."""
    prepared = prepare(folder)
    store = RunDirectory(folder / "run")
    store.create({"run_id": "run", "started": STARTED, **_facts(prepared, rubric=rubric, threshold=threshold)})
    store.plan([PlannedSample.of(item, model=model) for model in models for item in prepared.samples], session="s1")
    for number, model in enumerate(models):
        for place, sample in enumerate(prepared.samples):
            store.append(
                _result(sample, store, model=model, tiers=tiers, text=text, score=_score(place, number)), worker="main"
            )
    store.close()
    return store.path


def rejudged(path: Path, value: float) -> None:
    """Gives every output of a run another score."""
    store = RunDirectory(path)
    for result in store.load().results.values():
        scores = {name: dataclasses.replace(score, value=value) for name, score in result.scores.items()}
        store.append(dataclasses.replace(result, scores=scores, finished="2027-01-01T00:00:00.000+00:00"), worker="z")
    store.close()


def _score(place: int, number: int) -> float:
    """Scores in every band of a threshold of 8."""
    return (2.0, 8.5, 10.0)[(place + number) % 3]


def _facts(prepared: PreparedRun, *, rubric: Mapping[str, object], threshold: float | None) -> dict[str, object]:
    facts = prepared.facts()
    profile = dict(facts["profile"])  # type: ignore[call-overload]  # a section of the manifest
    computed = {name: value for name, value in profile["thresholds"].items() if name not in JUDGE_METRICS.values()}
    thresholds = {} if threshold is None else dict.fromkeys(JUDGE_METRICS.values(), threshold)
    return {
        **{name: value for name, value in facts.items() if name not in {"models", "scoring"}},
        "profile": {**profile, "thresholds": {**computed, **thresholds}},
        "judge": {"rubric": rubric},
    }


def _result(
    sample: Sample, store: RunDirectory, *, model: str, tiers: Sequence[Tier], text: str, score: float
) -> SampleResult:
    image = np.asarray(pixels(len(sample.sample_id)), dtype=np.uint8)
    is_drawn = sample.format.wants_image
    return SampleResult(
        model=model,
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        status="answered",
        scores={
            JUDGE_METRICS[tier]: Score(
                metric=JUDGE_METRICS[tier],
                value=score,
                direction="higher",
                convention=f"{JUDGE_METRICS[tier]}/test@1",
            )
            for tier in tiers
        },
        judgements=tuple(
            Judgement(
                judge="judge",
                tier=tier,
                overall=score,
                dimensions={"relevance": score},
                digests=DIGESTS,
                analysis="...",
            )
            for tier in tiers
        ),
        output=StoredOutput(
            text=text if sample.format.wants_text else None,
            image=store.save_image(image) if is_drawn else None,
            size=(image.shape[1], image.shape[0]) if is_drawn else None,
        ),
        finished="2026-11-22T10:00:00.000+00:00",
        worker="main",
    )
