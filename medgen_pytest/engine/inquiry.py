"""Inquiries: a sample put to a model, and what came of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.answer import Answer, ask, broken_dataset, conclude, withheld
from medgen_pytest.engine.breaker import Breaker
from medgen_pytest.engine.caller import Caller
from medgen_pytest.engine.digests import identity_digest
from medgen_pytest.engine.masking import mask_answer
from medgen_pytest.engine.payment import Payments
from medgen_pytest.errors import ImageError
from medgen_pytest.models import close_model, is_immediate
from medgen_pytest.models.contract import ConnectedModel, is_asynchronous
from medgen_pytest.models.meter import BudgetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.config.secrets import Secrets
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.caller import Call
    from medgen_pytest.models.meter import Bill, Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A sample that a model is to be asked, which of its repeats that is, and what the answer depends on.

    `first_input` is the digest of its first input image, where that could be read.
    """

    sample: Sample
    model: str
    digests: Mapping[str, str]
    repeat: int = 0
    first_input: str | None = None

    @property
    def key(self) -> ResultKey:
        """What identifies the result."""
        return ResultKey(self.model, self.sample.sample_id, self.repeat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with what came of it, not scored yet."""

    question: Question
    answer: Answer

    @property
    def key(self) -> ResultKey:
        """What identifies the result."""
        return self.question.key


def is_answer_to(known: SampleResult, question: Question | Asked) -> bool:
    """Whether a result answers this very question, and is no error."""
    return isinstance(question, Question) and known.status != "error" and known.digests == question.digests


class Inquirer:
    """Puts questions to models: one and wait, or several at once.

    What `secrets` holds never stands in an answer, whatever a model says. `meter` hears what answers cost.
    A model is asked no more after `most_errors` in a row (0: never), and when the budget has no room for it.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        *,
        scoring: str,
        timeout: float,
        secrets: Secrets,
        meter: Meter,
        most_errors: int,
    ) -> None:
        self._models = models
        self._scoring = scoring
        self._secrets = secrets
        self._payments = Payments(meter)
        self._breaker = Breaker(most_errors)
        self._immediate = frozenset(name for name, model in models.items() if is_immediate(model))
        self._digests = {name: identity_digest(model) for name, model in models.items()}
        self._callers = {
            name: Caller(
                timeout=timeout,
                immediate=is_immediate(model),
                asynchronous=is_asynchronous(model),
                farewell=model.aclose if isinstance(model, ConnectedModel) else None,
            )
            for name, model in models.items()
        }

    def question(self, sample: Sample, *, model: str, repeat: int = 0) -> Question | Asked:
        """The question that a sample is; already answered by an error if its images cannot be read."""
        try:
            content, first_input = sample.content_digests()
        except ImageError as error:
            broken = Answer(output=ModelOutput(), status="error", reason=broken_dataset(error))
            return Asked(question=Question(sample=sample, model=model, digests={}, repeat=repeat), answer=broken)
        digests = {"model": self._digests[model], "sample": content, "metrics": self._scoring}
        return Question(sample=sample, model=model, digests=digests, repeat=repeat, first_input=first_input)

    def is_stopped(self, model: str) -> bool:
        """Whether a model is asked no more."""
        return self._breaker.stop_of(model) is not None

    def ask(self, question: Question) -> Asked:
        """The answer to a question, waited for; never raises for what a model does."""
        bill = self._admit(question)
        if isinstance(bill, Asked):
            return bill
        model, caller = self._models[question.model], self._callers[question.model]
        return self._asked(
            question, ask(model, question.sample, caller=caller, bill=bill, repeat=question.repeat), bill
        )

    def start(self, question: Question, *, notify: Callable[[], None]) -> Call | Asked:
        """Puts a question without waiting, if its model may be asked; `notify` is called when there is an answer."""
        bill = self._admit(question)
        if isinstance(bill, Asked):
            return bill
        model, request = self._models[question.model], question.sample.request(repeat=question.repeat)
        return self._callers[question.model].start(lambda: model.answer(request), notify=notify, bill=bill)

    def conclude(self, question: Question, call: Call) -> Asked:
        """What came of a call that is settled."""
        return self._asked(question, conclude(call, question.sample), call.bill)

    def give_up(self, question: Question, call: Call) -> Asked:
        """What a question has come to whose time is over."""
        error = self._callers[question.model].give_up(call)
        return self._asked(question, conclude(call, question.sample, error=error), call.bill)

    def stop(self) -> None:
        """Cancels what is asked and ends the threads that call models."""
        with ExitStack() as stack:
            for caller in self._callers.values():
                stack.callback(caller.close)

    def close(self) -> None:
        """Stops, and lets models close; once. Raises what a model raises, after everything else is closed."""
        with ExitStack() as stack:
            for model in self._models.values():
                stack.callback(close_model, model)
            stack.callback(self.stop)
            self._models = {}

    def _admit(self, question: Question) -> Bill | Asked:
        """The bill of a question that may be put; what it comes to if its model is asked no more."""
        stop = self._breaker.stop_of(question.model)
        if stop is not None:
            return Asked(question=question, answer=withheld(stop.cause, stop.reason))
        try:
            return self._payments.begin(question.model)
        except BudgetError as error:
            answer = withheld("budget", str(error))
            self._breaker.note(question.model, answer)
            return Asked(question=question, answer=answer)

    def _asked(self, question: Question, answer: Answer, bill: Bill) -> Asked:
        self._payments.settle(question.model, bill, answer.output.usage)
        masked = mask_answer(answer, self._secrets)
        if question.model not in self._immediate:  # nobody is paid for their answers
            self._breaker.note(question.model, masked)
        return Asked(question=question, answer=masked)
