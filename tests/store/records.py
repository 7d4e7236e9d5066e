"""Records by hand for tests of the run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.domain.result import Status

DIGESTS = {"model": "m1", "sample": "s1", "metrics": "c1:resize"}


def result(
    number: int = 1,
    *,
    status: Status = "answered",
    text: str = "A. left",
    finished: str = "2026-11-22T10:00:00.000+00:00",
    digests: dict[str, str] | None = None,
) -> SampleResult:
    """The result of a multiple-choice sample."""
    scores = {"bleu": Score(metric="bleu", value=0.25, direction="higher", convention="bleu/upstream@1")}
    return SampleResult(
        model="my-model",
        sample_id=make_sample_id(Task.MULTIPLE_CHOICE, number),
        task=Task.MULTIPLE_CHOICE,
        modality=Modality.CT,
        status=status,
        reason=None if status == "answered" else f"it is {status}",
        scores=scores if status == "answered" else {},
        output=StoredOutput(text=text, seconds=0.5),
        digests=DIGESTS if digests is None else digests,
        finished=finished,
        worker="main",
    )


def planned(number: int = 1, *, nodeid: str = "test_vqa.py::test_vqa") -> PlannedSample:
    """The plan of a multiple-choice sample."""
    return PlannedSample(
        model="my-model",
        sample_id=make_sample_id(Task.MULTIPLE_CHOICE, number),
        task=Task.MULTIPLE_CHOICE,
        modality=Modality.CT,
        nodeids=(nodeid,),
    )


def picture(seed: int = 0, *, height: int = 6, width: int = 9) -> NDArray[np.uint8]:
    """Random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
