"""Saved outputs score as the independent tools scored them that are named in `expected_scores.json`."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.sample import Sample, Target, make_sample_id
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.images import StoredImage, decode
from medgen_pytest.metrics.pairing import make_pair
from medgen_pytest.metrics.registry import build_metric

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.contract import Pair

Record = dict[str, float | None]


@pytest.fixture(scope="module")
def expected(shared: Path) -> Mapping[str, Record]:
    text = (shared / "data" / "outputs-classical" / "expected_scores.json").read_text(encoding="utf-8")
    samples: dict[str, Record] = json.loads(text)["samples"]
    return samples


@pytest.fixture(scope="module")
def pairs(shared: Path) -> dict[str, Pair]:
    """Every saved output with its reference, by the id that `expected_scores.json` uses."""
    folder = shared / "data" / "outputs-classical"
    found = {}
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            output = json.loads(line)
            key = output["sample_id"].removeprefix("tableiv:")
            image = folder / output["output_image"] if output["output_image"] else None
            made = ModelOutput(
                text=output["response"], image=decode(image.read_bytes(), name=image.name) if image else None
            )
            found[key] = make_pair(made, _sample(shared / "data" / "medgen-mini", key))
    return found


def _sample(root: Path, key: str) -> Sample:
    form, task, ordinal = key.split(":")
    folder = root / form / task
    record = json.loads((folder / "data.jsonl").read_text(encoding="utf-8").splitlines()[int(ordinal) - 1])
    images = [folder / path for path in record["ground_truth_image"]]
    return Sample(
        sample_id=make_sample_id(Task(task), int(ordinal)),
        task=Task(task),
        modality=Modality(record["modality"]),
        instruction=record["instruction"],
        inputs=(),
        target=Target(
            image=StoredImage(images[0].name, images[0].read_bytes) if images else None,
            text=_text(record.get("answer")),
        ),
        choices=tuple(record.get("choice", ())),
    )


def _text(answer: object) -> str | None:
    if isinstance(answer, dict):
        return "\n".join(f"{name}: {value}" for name, value in answer.items())
    return None if answer is None else str(answer)


def scored(name: str, pairs: Mapping[str, Pair], expected: Mapping[str, Record]) -> list[tuple[Score, float]]:
    """Our score and the expected value of each sample that has one."""
    keys = [key for key, record in expected.items() if name in record]
    scores = build_metric(name, convention="canonical").score([pairs[key] for key in keys])
    wanted = [expected[key][name] for key in keys]
    return [(score, math.inf if value is None else value) for score, value in zip(scores, wanted, strict=True)]


@pytest.mark.parametrize(("name", "count"), [("ssim", 72), ("psnr", 72), ("bleu", 60)])
def test_every_saved_output_scores_as_expected(
    name: str, count: int, pairs: Mapping[str, Pair], expected: Mapping[str, Record]
) -> None:
    results = scored(name, pairs, expected)

    assert len(results) == count
    # Both sides compute in double precision.
    assert [score.value for score, _ in results] == pytest.approx([value for _, value in results], abs=1e-9)


def test_resized_outputs_say_so_and_the_others_do_not(
    pairs: Mapping[str, Pair], expected: Mapping[str, Record]
) -> None:
    said = {key for key, pair in pairs.items() if pair.notes}

    assert said == {key for key, record in expected.items() if record.get("resized")}
    assert said


def test_saved_answers_are_read_as_a_person_reads_them(pairs: Mapping[str, Pair]) -> None:
    metric = build_metric("exact_match", convention="canonical")
    keys = [key for key, pair in pairs.items() if metric.spec.applies_to(pair.task)]

    values = dict(zip(keys, (score.value for score in metric.score([pairs[key] for key in keys])), strict=True))

    # An empty reply, one about something else, and otherwise the answer in some wording.
    assert values == {
        f"VQA:{task}:{ordinal:06d}": float(ordinal not in {1, 3})
        for task in ("multiple-choice", "blank-filling")
        for ordinal in range(1, 7)
    }
