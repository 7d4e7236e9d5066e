"""The saved outputs of `outputs-classical` as pairs, and the scores that independent tools gave them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.sample import Sample, Target, make_sample_id
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.images import StoredImage, decode
from medgen_pytest.metrics.pairing import make_pair

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.metrics.contract import Pair

Record = dict[str, float | None]


def read_expected_scores(shared: Path) -> Mapping[str, Record]:
    """What `expected_scores.json` says of each sample."""
    text = (shared / "data" / "outputs-classical" / "expected_scores.json").read_text(encoding="utf-8")
    samples: dict[str, Record] = json.loads(text)["samples"]
    return samples


def read_saved_pairs(shared: Path) -> dict[str, Pair]:
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
