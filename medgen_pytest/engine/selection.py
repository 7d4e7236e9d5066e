"""Selection: which samples of a dataset a run takes, and a limit that is fair to tasks and modalities."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.domain.taxonomy import Format, Modality, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions on samples; an empty one lets everything through."""

    formats: frozenset[Format] = frozenset()
    tasks: frozenset[Task] = frozenset()
    modalities: frozenset[Modality] = frozenset()
    subtasks: frozenset[str] = frozenset()

    def takes(self, sample: Sample) -> bool:
        """Whether a sample meets every condition."""
        return (
            (not self.formats or sample.format in self.formats)
            and (not self.tasks or sample.task in self.tasks)
            and (not self.modalities or sample.modality in self.modalities)
            and (not self.subtasks or sample.subtask in self.subtasks)
        )


def select(samples: Iterable[Sample], selection: Selection, *, limit: int | None) -> list[Sample]:
    """The samples that a run takes, in the order of their ids.

    Raises ConfigError for a subtask that the dataset does not have and when nothing is left.
    """
    everything = list(samples)
    known = {sample.subtask for sample in everything if sample.subtask}
    for subtask in sorted(selection.subtasks - known):
        raise ConfigError(
            unknown_name("subtask", subtask, known) if known else f"no sample has a subtask: {subtask!r}; leave it out"
        )
    taken = [sample for sample in everything if selection.takes(sample)]
    if not taken:
        raise ConfigError(
            f"none of the {len(everything)} samples of the dataset meets the conditions of this run:"
            " ask for other formats, tasks, modalities or subtasks, or for fewer of them at once"
        )
    return sorted(stratify(taken)[:limit], key=lambda sample: sample.sample_id)


def stratify(samples: Sequence[Sample]) -> list[Sample]:
    """All samples in a fixed order of which every prefix is balanced over task and modality.

    Each stratum (a task in a modality) is ordered by a hash of the sample ids and the strata take
    turns, so that the first 200 samples are among the first 2,000, on every machine.
    """
    strata: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: _hash(sample.sample_id)):
        strata[sample.task.value, sample.modality.value].append(sample)
    turns = sorted(strata, key=lambda stratum: _hash("/".join(stratum)))
    ranked = [(turn, index, sample) for index, key in enumerate(turns) for turn, sample in enumerate(strata[key])]
    return [sample for _, _, sample in sorted(ranked, key=lambda item: item[:2])]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()
