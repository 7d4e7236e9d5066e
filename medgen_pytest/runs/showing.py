"""Showing stored runs: what they hold, and whether that is still what was stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, DatasetError, ImageError, StoreError, unknown_name
from medgen_pytest.runs.image_threads import image_threads
from medgen_pytest.runs.stored_dataset import open_run_dataset, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.runs.score import Progress
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a sample asked, from the dataset of the run; without it why it is not known."""

    sample: Sample | None
    problem: str | None = None


def results_of(run: RunResult) -> list[SampleResult]:
    """The results of a run that are the last word on their samples."""
    return [case.result for case in run.cases if case.result is not None]


def cases_of_sample(run: RunResult, sample_id: str) -> list[Case]:
    """Every case of a sample. Raises ConfigError for a sample that the run does not plan."""
    found = [case for case in run.cases if case.planned.sample_id == sample_id]
    if not found:
        raise ConfigError(unknown_name("sample", sample_id, {case.planned.sample_id for case in run.cases}))
    return sorted(found, key=lambda case: case.planned.key)


def question_of(cases: Sequence[Case], run: RunResult, *, dataset: Path | None = None) -> Question:
    """What the sample of some cases asked, if the dataset is at a path, or where the run found it, and what it was."""
    result = next((case.result for case in cases if case.result is not None), None)
    if result is None:
        return Question(sample=None, problem="no model has answered it")
    try:
        return Question(sample=sample_of(result, open_run_dataset(run.facts, path=dataset)))
    except (ConfigError, DatasetError, ImageError) as error:
        return Question(sample=None, problem=str(error))


def image_problem(result: SampleResult, store: RunDirectory) -> str | None:
    """Why the output image of a result is not what was stored; None if it is, or there is none."""
    image = result.output.image
    if image is None:
        return None
    try:
        if not store.image_path(image).is_file():
            return "is gone"
        store.load_image(image)
    except (StoreError, ImageError) as error:
        return str(error)
    return None


def count_missing_images(results: Iterable[SampleResult], store: RunDirectory) -> int:
    """How many output images are not there; what the others hold is not looked at."""
    images = {result.output.image for result in results if result.output.image is not None}
    return sum(not store.has_image(image) for image in images)


def check_images(results: Sequence[SampleResult], store: RunDirectory, *, progress: Progress) -> dict[str, str]:
    """What is wrong with output images, by model and sample: gone, unreadable, or other pixels than were stored."""
    with_image = [result for result in results if result.output.image is not None]
    problems = {}
    with ThreadPoolExecutor(image_threads()) as pool:
        for result, problem in zip(
            with_image, pool.map(lambda one: image_problem(one, store), with_image), strict=True
        ):
            if problem is not None:
                problems[result.key.label(is_repeated=result.repeat > 0)] = problem
            progress(1, len(with_image))
    return problems
