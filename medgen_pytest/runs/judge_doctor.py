"""Examining judges: their settings and keys, the rubric and the captions, nobody is asked to judge."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.config.environment import variable
from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.sample import Sample, Target, make_sample_id
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import ConfigError, MedgenError
from medgen_pytest.images.captions import FONT_REMEDY, NO_FONT, caption_image
from medgen_pytest.images.held import HeldImage
from medgen_pytest.judge.diagnosis import CaptionState, JudgeState, JudgingDiagnosis, KeyState, RubricState
from medgen_pytest.judge.judge import Judge
from medgen_pytest.judge.rubric import bundled_rubrics, load_rubric
from medgen_pytest.models import ModelContext, embedded_adapters
from medgen_pytest.models.contract import ProbedModel
from medgen_pytest.models.reason import reason_of
from medgen_pytest.runs.building import ModelBuilder, described_judges
from medgen_pytest.runs.checkup.check import at_once
from medgen_pytest.runs.costs import budget_problems
from medgen_pytest.runs.judging import load_judge_rubric, self_preferences
from medgen_pytest.runs.later_dataset import LaterDataset
from medgen_pytest.runs.probing import probe

if TYPE_CHECKING:
    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.config.settings import JudgeSettings
    from medgen_pytest.judge.rubric import Rubric
    from medgen_pytest.runs.building import Described

_ONE = np.zeros((1, 1, 3), np.uint8)


def examine_judging(run: RunSettings, *, patience: float | None = None) -> JudgingDiagnosis | None:
    """What the settings say of judging, and whether it can work here; None where nobody is to judge.

    Judges are built and asked for what they know to be wrong, their endpoints for what costs nothing,
    for `patience` seconds; None leaves those alone. Raises nothing for what it finds.
    """
    settings = run.settings.judge
    if settings is None:
        return None
    context = ModelContext(dataset=LaterDataset(run), root=run.root, sample_ids=())
    examiner = _Examiner(run, ModelBuilder(run, context, embedded_adapters()), patience=patience)
    rubric, state = _rubric(settings, run)
    judges = described_judges(run.settings)
    # Endpoints that hang must not wait for each other.
    states = at_once([partial(examiner.state_of, name, one, rubric) for name, one in sorted(judges.items())])
    return JudgingDiagnosis(
        judges=tuple(states),
        rubric=state,
        captions=_captions(),
        warnings=tuple(examiner.warnings(judges)),
    )


class _Examiner:
    """Looks at the judges of a run."""

    def __init__(self, run: RunSettings, builder: ModelBuilder, *, patience: float | None) -> None:
        self._run = run
        self._builder = builder
        self._patience = patience

    def state_of(self, name: str, described: Described, rubric: Rubric) -> JudgeState:
        """A judge with everything that is wrong with it."""
        try:
            whole = self._builder.describe(name, described)
        except ConfigError as error:
            return JudgeState(name=name, problems=(Secrets([described]).mask(str(error)),))
        return JudgeState(
            name=name,
            adapter=str(whole["adapter"]),
            keys=tuple(KeyState(variable=key, is_set=bool(variable(key))) for key in dict.fromkeys(keys_of(whole))),
            problems=tuple(self._problems(name, described, rubric)),
        )

    def warnings(self, judges: Mapping[str, Described]) -> list[str]:
        """What speaks against judges beside models of the settings."""
        models: dict[str, Described] = {name: name for name in self._run.settings.models}
        return self_preferences(self._described(judges), self._described(models))

    def _problems(self, name: str, described: Described, rubric: Rubric) -> list[str]:
        try:
            model = self._builder.build_judge(name, described)
        except MedgenError as error:
            return [str(error).removeprefix("judge: ").removeprefix(f"model {name!r}: ")]
        judge = Judge(name, model, rubric)
        secrets = Secrets([described, {"secret": list(judge.secrets)}])
        try:
            with closing(judge):
                found = [*judge.check(), *budget_problems(model, SAMPLES, budget=self._run.settings.budget)]
                if isinstance(model, ProbedModel) and self._patience is not None:
                    unreached = asyncio.run(probe(model, seconds=self._patience))
                    found += [unreached] if unreached is not None else []
        except Exception as error:  # noqa: BLE001 - a model of anybody's, and the others are still looked at
            found = [f"it cannot be examined: {reason_of(error)}"]
        return [secrets.mask(problem) for problem in found]

    def _described(self, named: Mapping[str, Described]) -> dict[str, Mapping[str, object]]:
        found: dict[str, Mapping[str, object]] = {}
        for name, described in named.items():
            try:
                found[name] = self._builder.describe(name, described)
            except ConfigError:  # which a run tells, or the state of the judge
                continue
        return found


def keys_of(settings: object) -> Iterator[str]:
    """The variables that hold keys, of a model and its parts."""
    if not isinstance(settings, Mapping):
        return
    if isinstance(key := settings.get("api_key_env"), str):
        yield key
    for role in ("text", "image"):
        yield from keys_of(settings.get(role))


def _rubric(settings: JudgeSettings, run: RunSettings) -> tuple[Rubric, RubricState]:
    """The rubric and its state; one of the package in place of one that cannot be used."""
    try:
        rubric = load_judge_rubric(settings, root=run.root)
    except ConfigError as error:
        bundled = load_rubric(bundled_rubrics()[0], root=run.root)
        return bundled, RubricState(name=settings.rubric, problem=str(error))
    return rubric, RubricState(name=rubric.name, version=rubric.version, digest=rubric.digest)


def _captions() -> CaptionState:
    try:
        caption_image(_ONE, "Input")
    except ConfigError:
        return CaptionState(problem=NO_FONT, remedy=FONT_REMEDY)
    except Exception as error:  # noqa: BLE001 - a broken FreeType may raise anything
        return CaptionState(problem=f"captions cannot be drawn: {reason_of(error)}", remedy=FONT_REMEDY)
    return CaptionState()


def _sample(task: Task) -> Sample:
    return Sample(
        sample_id=make_sample_id(task, 1),
        task=task,
        modality=next(iter(Modality)),
        instruction="Any.",
        inputs=(HeldImage("any", _ONE),),
        target=Target(),
    )


SAMPLES = tuple(_sample(next(task for task in Task if task.format is form)) for form in Format)
"""One of each format, for what the price of an answer may depend on."""
