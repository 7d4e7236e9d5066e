"""Cases: which model and which sample a test is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.plugin.judged import JudgedResult
    from medgen_pytest.plugin.state import SessionState


@dataclass(frozen=True, slots=True)
class MedgenCase:
    """The parameter of a test. It carries names only; sample, model and output are found through the session."""

    key: ResultKey
    state: SessionState = field(repr=False, compare=False)

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.key.model

    @property
    def sample_id(self) -> str:
        """The id of the sample."""
        return self.key.sample_id

    @property
    def repeat(self) -> int:
        """Which of the repeats of the sample it is, from 0."""
        return self.key.repeat

    def judged(self) -> JudgedResult:
        """The evaluation of the running test, made when first asked for."""
        __tracebackhide__ = True
        from medgen_pytest.plugin.evaluating import evaluate

        return evaluate(self.state, self.key)
