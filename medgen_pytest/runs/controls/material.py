"""The material of a study: which outputs are judged under which controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.controls import draw_controlled
from medgen_pytest.judge.controls import CONTROLS, Shown
from medgen_pytest.runs.controls.donors import Donors
from medgen_pytest.runs.controls.trials import LeftOut, Trial, make_trial, untouched
from medgen_pytest.runs.stored_dataset import sample_of
from medgen_pytest.runs.stored_outputs import output_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.controls import Control
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPolicy:
    """Which controls, on how many outputs, drawn how. `model` None: the only one; `tier` None: those of the judge."""

    controls: tuple[Control, ...] = CONTROLS
    samples: int = 40
    seed: int = 0
    model: str | None = None
    tier: Tier | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The outputs that are judged, in order, with their samples, and what may take the place of something."""

    store: RunDirectory
    drawn: tuple[SampleResult, ...]
    samples: Mapping[ResultKey, Sample]
    donors: Donors
    policy: ControlPolicy

    @classmethod
    def of(
        cls, store: RunDirectory, dataset: BenchmarkDataset, results: Sequence[SampleResult], policy: ControlPolicy
    ) -> Material:
        """Draws them. Raises ConfigError or StoreError where one of them is not what it was."""
        by_key = {result.key: result for result in results}
        drawn = [by_key[key] for key in draw_controlled(results, count=policy.samples, seed=policy.seed)]
        samples = {result.key: sample_of(result, dataset) for result in drawn}
        for result in drawn:  # looked at before anything is paid for
            output_of(result, store)
        donors = Donors(dataset, results, store, seed=policy.seed)
        return cls(store=store, drawn=tuple(drawn), samples=samples, donors=donors, policy=policy)

    def trials(self) -> Iterator[Trial | LeftOut]:
        """Each output as it was made, then under each control."""
        for result in self.drawn:
            shown = Shown(self.samples[result.key], output_of(result, self.store))
            yield untouched(result, shown)
            for control in self.policy.controls:
                yield make_trial(result, shown, control, donors=self.donors, seed=self.policy.seed)
