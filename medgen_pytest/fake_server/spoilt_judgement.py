"""Spoilt judgements: what faults make of the judgement of a judge, as judges really write them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medgen_pytest.fake_server.judge_form import JudgeForm
    from medgen_pytest.fake_server.question import Answer

_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_MANY = "plenty"
_LAST = re.compile(r"(?<!\{)\}")
_FOREIGN = "两幅图像的结构基本一致，边界清楚，未见新增病灶。文字与图像相符。"  # noqa: RUF001 - Chinese has commas of its own
_DECLINED = "I'm sorry, but I can't judge medical images. Please consult a qualified professional."
_VERDICT = "The answer follows the instruction for the most part, and I find it acceptable on the whole."


@dataclass(frozen=True, slots=True)
class _Judgement:
    """A judgement that was made, and the form that it has."""

    value: Mapping[str, object]
    form: JudgeForm

    @property
    def scores(self) -> dict[str, float]:
        """The scores by dimension."""
        scores = self.value["scores"]
        return {name: float(score) for name, score in scores.items()} if isinstance(scores, Mapping) else {}

    @property
    def overall(self) -> float:
        """The overall score."""
        return float(str(self.value["overall"]))

    def scored(self, change: Callable[[float], object]) -> str:
        """The judgement as JSON with every score changed."""
        scores = {name: change(score) for name, score in self.scores.items()}
        return _written({**self.value, "scores": scores, "overall": change(self.overall)})

    def without(self, key: str) -> str:
        """The judgement as JSON without a key."""
        return _written({name: item for name, item in self.value.items() if name != key})

    def draft(self) -> str:
        """Another judgement: each score a quarter of the scale away, towards the far end."""
        low, high = self.form.low, self.form.high
        step = (high - low) / 4
        return self.scored(lambda score: round(score - step if score - step >= low else score + step, 2))


def spoil_judgement(answer: Answer, kind: str, form: JudgeForm) -> Answer:
    """The answer under a fault of judgements. One that `max_tokens` has cut already stays as it is."""
    if answer.text is None or answer.finish != "stop":
        return answer
    judgement = _Judgement(json.loads(answer.text), form)
    if kind == "judge-truncated":
        return replace(answer, text=_cut(answer.text), finish="length")
    return replace(answer, text=_SPOILING[kind](judgement))


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    """The text up to the middle of its scores."""
    start = text.rindex('"scores"')
    return text[: (start + text.rindex('"overall"')) // 2]


def _prose(judgement: _Judgement) -> str:
    return (
        f"I have looked at everything with care. Here is my judgement: {_written(judgement.value)}\n"
        "Let me know if you want to hear more about a dimension."
    )


def _trailing_comma(judgement: _Judgement) -> str:
    return _LAST.sub(",}", _written(judgement.value))


def _twice(judgement: _Judgement) -> str:
    return f"Draft:\n{judgement.draft()}\n\nOn a second look, my final judgement:\n{_written(judgement.value)}"


def _out_of_scale(judgement: _Judgement) -> str:
    beyond = judgement.form.high + 1
    return judgement.scored(lambda _: int(beyond) if beyond.is_integer() else beyond)


def _slash(judgement: _Judgement) -> str:
    return judgement.scored(lambda score: f"{score:g}/{judgement.form.high:g}")


def _in_words(score: float) -> str:
    whole = round(score)
    return _WORDS[whole] if 0 <= whole < len(_WORDS) else _MANY


def _missing_dimension(judgement: _Judgement) -> str:
    kept = list(judgement.scores.items())[:-1]
    return _written({**judgement.value, "scores": dict(kept)})


_SPOILING: Mapping[str, Callable[[_Judgement], str]] = {
    "judge-no-json": lambda judgement: f"{_VERDICT} Overall I would say {judgement.overall:g}.",
    "judge-prose": _prose,
    "judge-fenced": lambda judgement: f"```json\n{json.dumps(judgement.value, ensure_ascii=False, indent=2)}\n```",
    "judge-single-quotes": lambda judgement: repr(judgement.value),
    "judge-trailing-comma": _trailing_comma,
    "judge-twice": _twice,
    "judge-slash": _slash,
    "judge-words": lambda judgement: judgement.scored(_in_words),
    "judge-out-of-scale": _out_of_scale,
    "judge-nan": lambda judgement: judgement.scored(lambda _: float("nan")),
    "judge-list": lambda judgement: judgement.scored(lambda score: [score, score]),
    "judge-only-overall": lambda judgement: judgement.without("scores"),
    "judge-language": lambda judgement: _written({**judgement.value, "analysis": _FOREIGN}),
    "judge-refusal": lambda _: _DECLINED,
    "judge-echo": lambda judgement: judgement.form.example,
    "judge-missing-dimension": _missing_dimension,
    "judge-null": lambda judgement: judgement.scored(lambda _: None),
    "judge-empty-analysis": lambda judgement: _written({**judgement.value, "analysis": ""}),
}
