"""What a judge would be asked about one output, without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.config.settings import JudgeSettings
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ConfigError, ImageError, NoReferenceError
from medgen_pytest.judge.questioning import make_question
from medgen_pytest.judge.rubric import load_rubric
from medgen_pytest.runs.stored_dataset import dataset_of, sample_of
from medgen_pytest.runs.stored_outputs import output_of

if TYPE_CHECKING:
    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.questioning import JudgeQuestion
    from medgen_pytest.judge.rubric import Rubric
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a question is asked: of which tier, in which order, by which rubric; None: that of the settings."""

    run: RunSettings
    tier: Tier
    swapped: bool = False
    rubric: str | None = None

    def load_rubric(self) -> Rubric:
        """The rubric. Raises ConfigError."""
        if self.rubric is not None:  # a path that was typed starts from where it was typed
            return load_rubric(self.rubric, root=self.run.invocation_dir)
        judge = self.run.settings.judge
        chosen = judge.rubric if judge is not None else str(JudgeSettings.model_fields["rubric"].default)
        return load_rubric(chosen, root=self.run.root)


def question_about_output(store: RunDirectory, sample_id: str, *, model: str | None, asking: Asking) -> JudgeQuestion:
    """What a judge is asked about a stored output. Raises ConfigError, DatasetError or StoreError."""
    stored = store.load()
    result = _result(list(stored.results.values()), sample_id, model=model)
    sample = sample_of(result, dataset_of(stored.manifest, asking.run.settings))
    return _question(sample, output_of(result, store), asking)


def question_about_reference(dataset: BenchmarkDataset, sample_id: str, *, asking: Asking) -> JudgeQuestion:
    """What a judge is asked about an output that is the reference itself. Raises ConfigError."""
    try:
        sample = dataset.get(sample_id)
    except KeyError as error:
        raise ConfigError(f"the dataset has no sample {sample_id!r}") from error
    try:
        image = sample.target.image.array() if sample.target.image is not None else None
    except ImageError as error:
        raise ConfigError(f"sample {sample_id!r}: {error}") from error
    return _question(sample, ModelOutput(text=sample.target.text, image=image), asking)


def _question(sample: Sample, output: ModelOutput, asking: Asking) -> JudgeQuestion:
    rubric = asking.load_rubric()
    try:
        return make_question(sample, output, rubric=rubric, tier=asking.tier, swapped=asking.swapped)
    except (ImageError, NoReferenceError) as error:
        raise ConfigError(f"sample {sample.sample_id!r}: {error}") from error


def _result(results: list[SampleResult], sample_id: str, *, model: str | None) -> SampleResult:
    found = sorted(
        (one for one in results if one.sample_id == sample_id and model in {None, one.model}),
        key=lambda one: (one.status != "answered", one.key),
    )
    if not found:
        who = f" of model {model!r}" if model is not None else ""
        raise ConfigError(f"the run has no result{who} for sample {sample_id!r}")
    names = sorted({one.model for one in found})
    if len(names) > 1:
        raise ConfigError(f"several models answered {sample_id!r}: name one with --model ({', '.join(names)})")
    if found[0].status != "answered":
        raise ConfigError(f"there is nothing to judge: the result is {found[0].status} ({found[0].reason})")
    return found[0]
