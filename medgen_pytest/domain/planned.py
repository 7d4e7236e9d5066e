"""Planned samples: what a run set out to evaluate, the denominator of every rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from medgen_pytest.domain.plain import read_list, read_mapping, read_optional_text, read_text, read_whole
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.domain.taxonomy import Format, Modality, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Sample

Aggregation = Literal["mean", "all", "any"]
"""How the repeats of a sample become one verdict: the share that is accurate, or whether all are, or any is."""

AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSample:
    """One sample that one model is to answer, and the tests that ask for it.

    A sample that is asked several times is planned several times, with `repeat` counting from 0. Samples of one
    `cluster` belong together, by a field of their records; None where that is not known.
    """

    model: str
    sample_id: str
    repeat: int = 0
    task: Task
    modality: Modality
    subtask: str | None = None
    cluster: str | None = None
    nodeids: tuple[str, ...] = ()

    @property
    def key(self) -> ResultKey:
        """What identifies its result."""
        return ResultKey(self.model, self.sample_id, self.repeat)

    @property
    def format(self) -> Format:
        """The format of the task."""
        return self.task.format

    @classmethod
    def of(cls, sample: Sample, *, model: str, repeat: int = 0, nodeids: tuple[str, ...] = ()) -> PlannedSample:
        """The plan to ask a model for a sample."""
        return cls(
            model=model,
            sample_id=sample.sample_id,
            repeat=repeat,
            task=sample.task,
            modality=sample.modality,
            subtask=sample.subtask,
            cluster=sample.cluster,
            nodeids=nodeids,
        )

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; `from_dict` gives back an equal plan."""
        data: dict[str, object] = {
            "model": self.model,
            "sample_id": self.sample_id,
            "repeat": self.repeat,
            "task": self.task.value,
            "modality": self.modality.value,
            "subtask": self.subtask,
            "nodeids": list(self.nodeids),
        }
        if self.cluster is not None:
            data["cluster"] = self.cluster
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> PlannedSample:
        """The plan that `to_dict` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        data = read_mapping(data)
        return cls(
            model=read_text(data["model"]),
            sample_id=read_text(data["sample_id"]),
            repeat=read_whole(data["repeat"]),
            task=Task(data["task"]),
            modality=Modality(data["modality"]),
            subtask=read_optional_text(data["subtask"]),
            cluster=read_optional_text(data.get("cluster")),
            nodeids=tuple(read_text(nodeid) for nodeid in read_list(data["nodeids"])),
        )


def read_aggregation(value: object) -> Aggregation:
    """The aggregation of that name. Raises ValueError for anything else."""
    for known in AGGREGATIONS:
        if value == known:
            return known
    raise ValueError(f"aggregate {value!r} is none of {', '.join(AGGREGATIONS)}")
