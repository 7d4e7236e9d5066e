"""A judge: a model that is asked by a rubric, and what came of it, whatever the model does."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import ModelOutput, Timing, Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import JudgementError, ModelError, OutputError
from medgen_pytest.judge.reading import read_judgement
from medgen_pytest.judge.steering import fence
from medgen_pytest.models.contract import ConnectedModel, close_model, formats_of, problems_of, secrets_of
from medgen_pytest.models.estimates import cautious_estimate_of, probe_of
from medgen_pytest.models.meter import BudgetError
from medgen_pytest.models.part import Part
from medgen_pytest.models.reason import reason_of
from medgen_pytest.models.remote.price import add_usage
from medgen_pytest.models.replies import Refusal, read_finish, well_formed
from medgen_pytest.models.timing import add_timings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.judge.questioning import JudgeQuestion
    from medgen_pytest.judge.reading import Reading
    from medgen_pytest.judge.rubric import Rubric
    from medgen_pytest.models.contract import Estimate

MOST_CHARACTERS = 20_000
"""How much of a reply is kept."""

_LONGEST_REASON = 2000
_LONGEST_PROBLEM = 500
_LONGEST_FORMER = 6000
_SECOND = "\n\n[the second reply]\n\n"
_REFUSED = Refusal(reason="").problem.partition(" (")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """One request: what was replied, what it says, else what is wrong; `again` says that asking again may help."""

    output: ModelOutput
    reading: Reading | None = None
    problem: str = ""
    again: bool = False


class Judge:
    """A model as a judge, under a name, with a rubric. It has to be closed, like the model."""

    def __init__(self, name: str, model: Model, rubric: Rubric) -> None:
        self.name = name
        self.rubric = rubric
        self._part = Part("judge", model)

    @property
    def model(self) -> Model:
        """The model that is asked."""
        return self._part.model

    @property
    def identity(self) -> Mapping[str, object]:
        """The identity of its model, and name and digest of its rubric; its own name changes nothing."""
        return {
            "model": dict(self.model.identity),
            "rubric": {"name": self.rubric.name, "version": self.rubric.version, "digest": self.rubric.digest},
        }

    @property
    def digest(self) -> str:
        """SHA-256 over the identity of its model: another model, or another revision, is another judge."""
        text = json.dumps(self.model.identity, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    @property
    def secrets(self) -> Sequence[str]:
        """Those of its model."""
        return secrets_of(self.model)

    @property
    def concurrency(self) -> int | None:
        """How many questions it takes at once."""
        return self._part.concurrency

    def check(self) -> list[str]:
        """What is known before the run to be wrong with its model, and why it could not judge; one line each."""
        unable = []
        if Format.VQA not in formats_of(self.model):
            unable.append("it cannot judge: it gives no text for what it is shown (its formats lack vqa)")
        if not self._part.takes_images:
            unable.append("it cannot judge: it is given no images")
        return [*problems_of(self.model), *unable]

    def estimate(self, question: JudgeQuestion) -> Estimate:
        """What a judgement is expected to take, without a second request; what its model does not say is unknown."""
        return cautious_estimate_of(self.model, question.request)

    async def probe(self) -> str | None:
        """What is wrong with its endpoint, as far as it can tell without spending anything."""
        return await probe_of(self.model)

    async def aclose(self) -> None:
        """Closes the connections of its model, in the event loop in which it was asked."""
        if isinstance(self.model, ConnectedModel):
            await self.model.aclose()

    def close(self) -> None:
        """Closes its model."""
        try:
            self._part.close()
        finally:
            close_model(self.model)

    async def judge(
        self,
        question: JudgeQuestion,
        *,
        tier: Tier,
        replicate: int = 0,
        swapped: bool = False,
        digests: Mapping[str, str] | None = None,
    ) -> Judgement:
        """The judgement; an *error* with its reason where the model gives none, and never raises for what that does.

        A reply that cannot be read is asked for once more, with what is wrong with it; a refusal is not.
        What both requests took is added up. `digests` are those of output and sample; the judge's
        and the rubric's come with it.
        """
        request = replace(question.request, repeat=replicate)
        tries = [await self._ask(request, question)]
        if tries[0].again:
            tries.append(await self._ask(self._second(request, question, tries[0]), question))
        reading = tries[-1].reading
        return Judgement(
            judge=self.name,
            tier=tier,
            replicate=replicate,
            swapped=swapped,
            overall=reading.overall if reading else None,
            reason=None if reading else _bounded("; asked again: ".join(one.problem for one in tries), _LONGEST_REASON),
            dimensions=dict(reading.scores) if reading else {},
            analysis=reading.analysis if reading else None,
            raw=_raw(tries),
            repaired=reading is not None and len(tries) > 1,
            steering=question.steering,
            notes=(*question.notes, *_tolerated(reading)),
            usage=add_usage(*(one.output.usage for one in tries)),
            timing=add_timings(*(one.output.timing for one in tries)),
            digests={"judge": self.digest, "rubric": self.rubric.digest, **(digests or {})},
            finished=dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds"),
        )

    async def _ask(self, request: Request, question: JudgeQuestion) -> _Try:
        try:
            output = await self._part.answer(request)
        except OutputError as error:
            output = ModelOutput(problem=str(error) or "it did not say why")
        except BudgetError as error:
            return _failed(error, problem=str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a model raises is an error of this judgement
            said = str(error) if isinstance(error, ModelError) else reason_of(error)
            return _failed(error, problem=f"the judge could not answer: {said}")
        fault = _fault(output)
        if fault is not None:
            return _Try(output=ModelOutput(), problem=f"the judge could not answer: {fault}")
        return self._read(output, question)

    def _read(self, output: ModelOutput, question: JudgeQuestion) -> _Try:
        problem = output.problem or ""
        if read_finish(output.finish_reason) == "refused" or problem.startswith(_REFUSED):
            return _Try(output=output, problem=f"the judge refused to judge: {problem or output.finish_reason}")
        if not (output.text or "").strip():
            return _Try(output=output, problem=f"the judge's reply is empty: {problem or 'no text'}", again=True)
        try:
            reading = read_judgement(
                output.text or "",
                dimensions=question.dimensions,
                low=self.rubric.low,
                high=self.rubric.high,
                overall=self.rubric.overall,
            )
        except JudgementError as error:
            cut = read_finish(output.finish_reason) == "cut off"
            limit = f" (its end was cut off: {output.finish_reason})" if cut else ""
            return _Try(output=output, problem=f"the judge's reply cannot be read: {error}{limit}", again=True)
        return _Try(output=output, reading=reading)

    def _second(self, request: Request, question: JudgeQuestion, first: _Try) -> Request:
        # Both come from the judge, who may have taken over what it was to judge.
        values = {
            "question": request.instruction,
            "problem": fence(first.problem, longest=_LONGEST_PROBLEM).content,
            "reply": fence(first.output.text or "", salt=request.sample_id, longest=_LONGEST_FORMER).text,
            "reply_format": question.reply_format,
        }
        return replace(request, instruction=self.rubric.fill("repair", values))


def _failed(error: BaseException, *, problem: str) -> _Try:
    partial = error.partial if isinstance(error, ModelError) else None
    known = partial if isinstance(partial, ModelOutput) and _fault(partial) is None else ModelOutput()
    return _Try(output=known, problem=" ".join(problem.split()))


def _fault(output: ModelOutput) -> str | None:
    """What is wrong with the types of an output; a model of the user's own may hand over anything."""
    texts: tuple[object, ...] = (output.text, output.raw, output.problem, output.finish_reason)
    if not all(text is None or isinstance(text, str) for text in texts):
        return "its answer holds something that is no text where a text belongs"
    usage: object = output.usage
    timing: object = output.timing
    if not isinstance(usage, Usage | None) or not isinstance(timing, Timing | None):
        return "its answer holds no Usage or Timing where one belongs"
    return None


def _raw(tries: Sequence[_Try]) -> str | None:
    """The replies as they came, each as far as it is kept."""
    replies = [one.output.raw if one.output.raw is not None else one.output.text for one in tries]
    if all(reply is None for reply in replies):
        return None
    return _SECOND.join(_bounded(reply or "", MOST_CHARACTERS) for reply in replies)


def _tolerated(reading: Reading | None) -> tuple[str, ...]:
    return (f"tolerated in the reply: {'; '.join(reading.tolerated)}",) if reading and reading.tolerated else ()


def _bounded(text: str, most: int) -> str:
    text = well_formed(text)
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"
