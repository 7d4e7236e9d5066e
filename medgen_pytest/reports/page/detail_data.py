"""Detail data: everything that the page shows of one result or sample once it is opened, in plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.reports.page.gallery import Picture
from medgen_pytest.reports.page.index_data import name_text, plain_number
from medgen_pytest.reports.page.json_block import longest_within, room_of, shown_text
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.domain.judgement import Judgement
    from medgen_pytest.domain.output import Stage, Timing, Usage
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.reports.page.gallery import Gallery, Shown, ShownSample

MOST_TEXT = 20_000_000
"""What all texts of samples, outputs and judgements may take of the page, in bytes."""
LONGEST_TEXT = 20_000
"""What one of them may take, however much room there is."""

_REASON = 2_000


class Details:
    """Makes the details of results and samples, and numbers the pictures that they refer to.

    `cases` are all whose results may be asked for; scores refer to the places of `metrics`.
    """

    def __init__(self, cases: Sequence[Case], gallery: Gallery, *, metrics: Sequence[str]) -> None:
        self._gallery = gallery
        self._metrics = {name: place for place, name in enumerate(metrics)}
        self._longest = longest_text(cases, gallery)
        self._numbers: dict[str, int] = {}
        self.pictures: list[Picture] = []

    def result(self, case: Case) -> dict[str, object]:
        """What is known of a result beyond the index, without what says nothing."""
        result = case.result
        if result is None:
            return _told({"reason": self._reason(case.verdict.reason)})
        output = result.output
        return _told(
            {
                "reason": self._reason(case.verdict.reason),
                "text": self._text(output.text),
                "raw": self._text(output.raw),
                "reasoning": self._text(output.reasoning),
                "finish": output.finish_reason and name_text(output.finish_reason),
                "image": self._image(self._gallery.output(result)),
                "scores": [self._score(case, name) for name in self._metrics if name in result.scores],
                "judgements": [self._judgement(judgement) for judgement in result.judgements],
                "stages": [self._stage(stage) for stage in output.stages],
                "took": _took(output.seconds, output.timing, output.usage),
                "finished": result.finished,
            }
        )

    def sample(self, shown: ShownSample) -> dict[str, object]:
        """What the dataset says of a sample."""
        return _told(
            {
                "instruction": self._text(shown.instruction),
                "choices": [self._text(choice) for choice in shown.choices],
                "reference": self._text(shown.reference_text),
                "inputs": [self._image(image) for image in shown.inputs],
                "target": self._image(shown.reference),
                "problem": shown.problem,
            }
        )

    def _score(self, case: Case, name: str) -> list[object]:
        """The place of the metric, its outcome, why there is no score, notes."""
        score = case.result.scores[name] if case.result is not None else None
        outcome = case.metrics.get(name)
        return [
            self._metrics[name],
            outcome and outcome.value,
            score and self._reason(score.reason),
            [self._reason(note) for note in score.notes] if score else [],
        ]

    def _judgement(self, judgement: Judgement) -> dict[str, object]:
        return _told(
            {
                "judge": name_text(judgement.judge),
                "metric": self._metrics.get(JUDGE_METRICS[judgement.tier]),
                "tier": judgement.tier.replace("_", " "),
                "replicate": judgement.replicate,
                "swapped": judgement.swapped,
                "repaired": judgement.repaired,
                "overall": None if judgement.overall is None else plain_number(judgement.overall),
                "reason": self._reason(judgement.reason),
                "dimensions": [[name_text(name), plain_number(value)] for name, value in judgement.dimensions.items()],
                "analysis": self._text(judgement.analysis),
                "raw": self._text(judgement.raw) if judgement.is_error else None,
                "steering": [name_text(kind) for kind in judgement.steering],
                "notes": [self._reason(note) for note in judgement.notes],
                "took": _took(None, judgement.timing, judgement.usage),
            }
        )

    def _stage(self, stage: Stage) -> dict[str, object]:
        return _told(
            {
                "name": name_text(stage.name),
                "prompt": self._text(stage.prompt),
                "text": self._text(stage.text),
                "problem": self._reason(stage.problem),
                "took": _took(stage.seconds, stage.timing, stage.usage),
            }
        )

    def _image(self, shown: Shown | None) -> object:
        """The number of a picture; of an absent one the reason and the hash."""
        if shown is None:
            return None
        if not isinstance(shown, Picture):
            return [self._reason(shown.reason), shown.digest and visible(shown.digest)]
        number = self._numbers.setdefault(shown.source, len(self.pictures))
        if number == len(self.pictures):
            self.pictures.append(shown)
        return number

    def _text(self, text: str | None) -> str | None:
        return None if text is None else shown_text(text, longest=self._longest)

    def _reason(self, text: str | None) -> str | None:
        return None if text is None else shown_text(text, longest=min(_REASON, self._longest))


def picture_data(picture: Picture) -> list[object]:
    """A picture: source, width, height, original width and height, whether it is exact, hash."""
    return [picture.source, picture.width, picture.height, *picture.original, picture.is_exact, picture.digest]


def longest_text(cases: Sequence[Case], gallery: Gallery) -> int:
    """To how many bytes long texts must be cut so that all of them find room."""
    sizes = [min(room_of(visible(text, keep="\n\t")), LONGEST_TEXT) for text in _texts(cases, gallery)]
    return LONGEST_TEXT if sum(sizes) <= MOST_TEXT else max(1, longest_within(sizes, MOST_TEXT))


def _texts(cases: Sequence[Case], gallery: Gallery) -> Iterator[str]:
    for sample in gallery.samples.values():
        yield from filter(None, (sample.instruction, sample.reference_text, *sample.choices))
    for case in cases:
        if case.result is not None:
            output, judgements = case.result.output, case.result.judgements
            yield from filter(None, (output.text, output.raw, output.reasoning, case.verdict.reason))
            yield from filter(None, (score.reason for score in case.result.scores.values()))
            yield from filter(None, (text for one in judgements for text in (one.analysis, one.raw, one.reason)))
            yield from filter(None, (text for stage in output.stages for text in (stage.prompt, stage.text)))


def _took(seconds: float | None, timing: Timing | None, usage: Usage | None) -> dict[str, object]:
    told: dict[str, float | int | None] = {"seconds": seconds}
    if timing is not None:
        told |= {"requests": timing.requests, "first try": timing.first_try, "waiting": timing.waiting or None}
    if usage is not None:
        told |= {"tokens in": usage.input_tokens, "tokens out": usage.output_tokens}
        told |= {"images": usage.images, "cost": usage.cost}
    return {name: plain_number(value) for name, value in told.items() if value is not None}


def _told(data: Mapping[str, object]) -> dict[str, object]:
    """Without what is None, false or empty."""
    return {name: value for name, value in data.items() if value is not None and value is not False and value != []}
