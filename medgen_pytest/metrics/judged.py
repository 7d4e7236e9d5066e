"""Metrics that are judged and not computed: what they are; a judge of the run makes their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics import specs
from medgen_pytest.metrics.need import Need

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Metric, MetricSpec

_NONE = "no judge is named for it"
_REMEDY = (
    "name one with --medgen-judge, or under `judge:` in medgen.yaml (and this tier there, if it names tiers);"
    " stored outputs are judged by `medgen rejudge`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDefinition:
    """A metric whose scores a judge gives, each on the scale of the rubric (1 to 10 in those of the package).

    Higher is better. Its convention names the rubric, the judges and how their scores become one. Source: the
    holistic tier of MedGEN-Bench, https://arxiv.org/abs/2511.13135.
    """

    spec: MetricSpec

    def needs(self, context: MetricContext) -> tuple[Need, ...]:
        """A judge."""
        if self.spec.name in context.judged:
            return (Need(kind="judge", name="judge", found="named in the settings"),)
        return (Need(kind="judge", name="judge", problem=_NONE, remedy=_REMEDY),)

    def under(self, convention: Convention, context: MetricContext) -> Metric:  # noqa: ARG002 - the contract's
        """Raises ConfigError: outputs are judged in a run or by `medgen rejudge`, and never computed."""
        raise ConfigError(
            f"metric {self.spec.name} is not computed: a judge gives its scores, in a run or with `medgen rejudge RUN`"
        )


JUDGE_WITH_REFERENCE = JudgedDefinition(spec=specs.JUDGE_WITH_REFERENCE)
JUDGE_WITHOUT_REFERENCE = JudgedDefinition(spec=specs.JUDGE_WITHOUT_REFERENCE)
