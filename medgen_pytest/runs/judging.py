"""Judging in a run: the bench that the settings describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.judged import JUDGE_WITH_REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.config.settings import JudgeSettings, Settings
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.judge.rubric import Rubric


Identity = Mapping[str, object]
"""What makes a model that model, see `Model.identity`."""


def judged_metrics(settings: Settings) -> frozenset[str]:
    """The metrics that a judge of the settings gives."""
    return frozenset(JUDGE_METRICS[tier] for tier in settings.judge.tiers) if settings.judge else frozenset()


def make_bench(
    settings: JudgeSettings | None,
    judges: Mapping[str, Model],
    *,
    identities: Mapping[str, Identity],
    root: Path,
) -> Bench | None:
    """The bench of these judges, for outputs of models with these identities; None where nobody judges.

    Raises ConfigError for a rubric that cannot be used.
    """
    if settings is None:
        return None
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.judge.judge import Judge

    rubric = load_judge_rubric(settings, root=root)
    return Bench(
        judges={name: Judge(name, model, rubric) for name, model in judges.items()},
        rubric=rubric,
        tiers=settings.tiers,
        repeats=settings.repeats,
        combine=settings.combine,
        rule=settings.rule,
        margin=settings.margin,
        swap=settings.swap,
        timeout=settings.timeout,
        warnings=self_preferences({name: model.identity for name, model in judges.items()}, identities),
    )


def load_judge_rubric(settings: JudgeSettings, *, root: Path) -> Rubric:
    """The rubric by which is judged. Raises ConfigError for one that cannot be used."""
    from medgen_pytest.judge.rubric import load_rubric

    rubric = load_rubric(settings.rubric, root=root)
    spec = JUDGE_WITH_REFERENCE.spec
    if rubric.low < spec.low or rubric.high > spec.high:
        raise ConfigError(
            f"rubric {rubric.name}: its scale runs from {rubric.low:g} to {rubric.high:g}, and that of the judge"
            f" metrics from {spec.low:g} to {spec.high:g}"
        )
    return rubric


def self_preferences(judges: Mapping[str, Identity], models: Mapping[str, Identity]) -> list[str]:
    """A warning for each judge that is of the family of a model it judges: such judges favour their own."""
    from medgen_pytest.judge.family import family_of

    families = {name: family_of(identity) for name, identity in models.items()}
    return [
        f"judge {judge!r} and model {name!r} are both of the family {family}: judges favour their own kind"
        for judge, identity in judges.items()
        for name, family in families.items()
        if family is not None and family == family_of(identity)
    ]
