"""What the tests of judging share: samples, outputs, and functions as judges."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgen_pytest.domain.judgement import TIERS
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.judge.bench import Bench
from medgen_pytest.judge.judge import Judge
from medgen_pytest.judge.questioning import JudgeQuestion, make_question
from medgen_pytest.judge.rubric import Rubric, load_rubric
from tests.models.samples import make_sample, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.sample import Request

HOLISTIC = load_rubric("medgen-holistic", root=Path())
CLINICAL = load_rubric("medgen-clinical", root=Path())

OUTPUT = ModelOutput(text="The lesion lies in the left lobe.", image=picture(99))


def question_of(
    task: Task = Task.DISEASE_PREDICTION,
    *,
    output: ModelOutput = OUTPUT,
    rubric: Rubric = HOLISTIC,
    tier: Tier = "with_reference",
    swapped: bool = False,
) -> JudgeQuestion:
    return make_question(make_sample(task), output, rubric=rubric, tier=tier, swapped=swapped)


def make_bench(models: Mapping[str, Model], *, rubric: Rubric = HOLISTIC, **rules: Any) -> Bench:
    """A bench of judges by their names; both tiers unless `rules` say otherwise."""
    judges = {name: Judge(name, model, rubric) for name, model in models.items()}
    return Bench(**{"judges": judges, "rubric": rubric, "tiers": TIERS, **rules})


def fenced_texts(prompt: str) -> list[str]:
    """The contents of all fences of a prompt, in their order."""
    fences = re.finditer(r"<<<BEGIN DATA ([0-9a-f]{16})>>>\n(.*?)\n<<<END DATA \1>>>", prompt, re.DOTALL)
    return [match[2] for match in fences]


def reply(request: Request, *, score: object = 8, analysis: str = "It agrees.", **changes: object) -> str:
    """A reply as the last line of the prompt asks for it, with the same score everywhere."""
    shown: dict[str, Any] = json.loads(request.instruction.splitlines()[-1])
    scores = dict.fromkeys(shown["scores"], score)
    return json.dumps({"analysis": analysis, "scores": scores, "overall": score, **changes})


@dataclass
class Asked:
    """A plain judge of the tests: a function of the request, and what it was asked."""

    function: Callable[[Request], ModelOutput]
    requests: list[Request] = field(default_factory=list)

    @property
    def identity(self) -> Mapping[str, object]:
        return {"adapter": "function", "model": "gpt-judge"}

    def answer(self, request: Request) -> ModelOutput:
        self.requests.append(request)
        return self.function(request)


class AskedAsync(Asked):
    """The same, asynchronous."""

    async def answer(self, request: Request) -> ModelOutput:  # type: ignore[override]  # the other half of the contract
        return Asked.answer(self, request)


def says(*texts: str) -> Callable[[Request], ModelOutput]:
    """A function that gives these replies one after the other; `GOOD` stands for a good one."""
    left = list(texts)

    def function(request: Request) -> ModelOutput:
        text = left.pop(0)
        return ModelOutput(text=reply(request) if text == GOOD else text)

    return function


GOOD = "a good reply"
