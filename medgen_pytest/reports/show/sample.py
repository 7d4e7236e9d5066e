"""One sample whole: its question, and of each model answer, scores, judgements and how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.score import dump_number, sign_of
from medgen_pytest.reports.figures import NOTHING, money
from medgen_pytest.reports.line import INDENT, Line, wrap, wrapped
from medgen_pytest.reports.table import Column, layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.judgement import Judgement
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.domain.score import Score
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult


def sample_lines(
    run: RunResult,
    cases: Sequence[Case],
    *,
    sample: Sample | None,
    unknown: str | None,
    images: Mapping[str, tuple[Path, str | None]],
    width: int,
) -> list[Line]:
    """Everything about a sample.

    `sample` is its question, or `unknown` why there is none; `images` are the paths of output images, by their names,
    with what is wrong with them.
    """
    planned = cases[0].planned
    kind = (planned.format.value, planned.task.value, planned.subtask, planned.modality.value)
    head = f"sample {planned.sample_id}: {', '.join(filter(None, kind))}"
    lines = wrapped(visible(head), width=width, style="bold")
    lines += _told(_question(sample, unknown), width=width)
    for case in cases:
        repeat = f", repeat {case.planned.repeat}" if not run.repeats.is_one else ""
        name = visible(f"{case.planned.model}{repeat}")
        lines += [Line(text=""), *wrapped(name, width=width, style="bold")]
        lines += _told(_verdict(case), width=width)
        if case.result is not None:
            lines += _scores(run, case, width=width)
            lines += _told(_answer(case.result), width=width)
            lines += _image(case.result, images)
            lines += [line for one in case.result.judgements for line in _told(_judgement(one), width=width)]
            lines += _told(_making(case.result), width=width)
    return lines


def _told(told: Iterator[tuple[str, str]], *, width: int) -> list[Line]:
    """Names with their texts; a text of several lines keeps them, below its name."""
    lines = []
    for name, text in told:
        shown = visible(text, keep="\n").split("\n")
        first = f"{name}: {shown[0]}" if len(shown) == 1 else f"{name}:"
        lines += wrapped(first, width=width)
        for more in shown if len(shown) > 1 else ():
            lines += [Line(text=f"{INDENT}{part}") for part in wrap(more, width=width - len(INDENT), indent="")]
    return lines


def _question(sample: Sample | None, unknown: str | None) -> Iterator[tuple[str, str]]:
    if sample is None:
        yield "question", f"not shown: {unknown}"
        return
    yield "question", sample.instruction
    for image in sample.inputs:
        yield "input image", image.name
    if sample.target.text is not None:
        yield "reference", sample.target.text
    if sample.target.image is not None:
        yield "reference image", sample.target.image.name


def _verdict(case: Case) -> Iterator[tuple[str, str]]:
    reason = f": {case.verdict.reason}" if case.verdict.reason else ""
    yield "outcome", f"{case.verdict.outcome.value}{reason}"


def _scores(run: RunResult, case: Case, *, width: int) -> list[Line]:
    scores = dict(sorted(case.result.scores.items())) if case.result is not None else {}
    if not scores:
        return []
    outcomes = tuple(str(case.metrics.get(name, NOTHING)) for name in scores)
    thresholds = tuple(_threshold(run, score) for score in scores.values())
    columns = [
        Column(heading="score", cells=tuple(_value(score) for score in scores.values())),
        Column(heading="needs", cells=thresholds),
        Column(heading="outcome", cells=outcomes),
        Column(heading="convention", cells=tuple(visible(score.convention) for score in scores.values())),
    ]
    labels = Column(heading="metric", cells=tuple(visible(name) for name in scores))
    notes = ((name, "; ".join(filter(None, (score.reason, *score.notes)))) for name, score in scores.items())
    return [
        *layout(labels, [[column] for column in columns], width=width),
        *_told(((visible(name), text) for name, text in notes if text), width=width),
    ]


def _value(score: Score) -> str:
    value = dump_number(score.value)
    return NOTHING if value is None else value if isinstance(value, str) else f"{value:.4g}"


def _threshold(run: RunResult, score: Score) -> str:
    threshold = run.profile.thresholds.get(score.metric)
    return NOTHING if threshold is None else f"{sign_of(score.direction)} {threshold:g}"


def _image(result: SampleResult, images: Mapping[str, tuple[Path, str | None]]) -> list[Line]:
    """The image with its path, which is not wrapped, so that it can be copied."""
    output = result.output
    if output.image is None:
        return []
    path, problem = images[output.image]
    size = f", {output.size[0]}x{output.size[1]}" if output.size is not None else ""
    return [Line(text=visible(f"image: {path}{size}" if problem is None else f"image: {path}: {problem}"))]


def _answer(result: SampleResult) -> Iterator[tuple[str, str]]:
    output = result.output
    for name, text in (("text", output.text), ("raw reply", output.raw), ("reasoning", output.reasoning)):
        if text is not None:
            yield name, text
    for stage in output.stages:
        for name, text in (("prompt", stage.prompt), ("text", stage.text), ("problem", stage.problem)):
            if text is not None:
                yield f"stage {stage.name}, {name}", text


def _judgement(judgement: Judgement) -> Iterator[tuple[str, str]]:
    how = [judgement.tier.replace("_", " "), f"replicate {judgement.replicate}"]
    how += ["swapped"] if judgement.swapped else []
    how += ["repaired"] if judgement.repaired else []
    name = f"judgement of {visible(judgement.judge)} ({', '.join(how)})"
    dimensions = ", ".join(f"{key} {value:g}" for key, value in judgement.dimensions.items())
    said = "none" if judgement.overall is None else f"{judgement.overall:g}"
    yield name, "; ".join(filter(None, (said, judgement.reason, dimensions, *judgement.notes)))
    for kind in judgement.steering:
        yield "the output may steer the judge", kind
    if judgement.analysis is not None:
        yield "analysis", judgement.analysis


def _making(result: SampleResult) -> Iterator[tuple[str, str]]:
    output = result.output
    if output.finish_reason is not None:
        yield "ended because", output.finish_reason
    usage = output.usage
    if usage is not None:
        amounts = {"input tokens": usage.input_tokens, "output tokens": usage.output_tokens, "images": usage.images}
        told = [f"{amount} {name}" for name, amount in amounts.items() if amount is not None]
        told += [f"cost {money(usage.cost)}"] if usage.cost is not None else []
        yield "took", ", ".join(told)
    if output.seconds is not None:
        yield "seconds", f"{output.seconds:g}"
    yield "finished", f"{result.finished or 'unknown'} by {result.worker or 'unknown'}"
