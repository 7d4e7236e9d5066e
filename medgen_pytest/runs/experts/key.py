"""The key of an export: what maps the labels of experts back to models, samples and the judge's scores."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.judgement import TIERS
from medgen_pytest.domain.plain import read_list, read_mapping, read_text, read_whole
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.domain.score import read_number
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.errors import StoreError
from medgen_pytest.evaluation.expert_sample import Stratum
from medgen_pytest.runs.experts.stored_rubric import dump_rubric, load_rubric

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.reports.experts.sheet import Rubric

KEY_FILE = "export.json"
KEY_VERSION = 1
KIND = "medgen-expert-export"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyItem:
    """One drawn output: who made it, what the judge said, for how many outputs of the run it stands."""

    id: str
    model: str
    sample_id: str
    repeat: int
    task: Task
    modality: Modality
    judge_score: float
    stratum: int
    weight: float
    dimensions: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> ResultKey:
        """What identifies its result in the run."""
        return ResultKey(self.model, self.sample_id, self.repeat)

    def to_dict(self) -> dict[str, object]:
        """Plain values; `from_dict` gives back an equal item."""
        return {
            "id": self.id,
            "model": self.model,
            "sample_id": self.sample_id,
            "repeat": self.repeat,
            "task": self.task.value,
            "modality": self.modality.value,
            "judge_score": self.judge_score,
            "stratum": self.stratum,
            "weight": self.weight,
            "dimensions": dict(self.dimensions),
        }

    @classmethod
    def from_dict(cls, value: object) -> KeyItem:
        """The item that `to_dict` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        data = read_mapping(value)
        return cls(
            id=read_text(data["id"]),
            model=read_text(data["model"]),
            sample_id=read_text(data["sample_id"]),
            repeat=read_whole(data["repeat"]),
            task=Task(data["task"]),
            modality=Modality(data["modality"]),
            judge_score=read_number(data["judge_score"]),
            stratum=read_whole(data["stratum"]),
            weight=read_number(data["weight"]),
            dimensions={name: read_number(number) for name, number in read_mapping(data.get("dimensions", {})).items()},
        )


class ModelCounts(NamedTuple):
    """How many outputs of a model were judged, and how many of them meet the threshold."""

    accurate: int
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKey:
    """Everything that a calibration needs of the run, so that it works without the run's files.

    `labels` gives each model the letter under which experts meet it, `counts` how many of its outputs could be drawn
    and how many of them the judge finds accurate. `judge` holds the digests of the judge and of the rubric.
    """

    export: str
    run_id: str
    run_path: str
    tier: Tier
    metric: str
    convention: str
    threshold: float
    near: float
    seed: int
    is_blind: bool
    judge: Mapping[str, object]
    rubric: Rubric
    labels: Mapping[str, str]
    counts: Mapping[str, ModelCounts]
    strata: tuple[Stratum, ...]
    items: tuple[KeyItem, ...]
    page: str

    @property
    def judged(self) -> int:
        """How many outputs could be drawn."""
        return sum(count.judged for count in self.counts.values())

    def to_dict(self) -> dict[str, object]:
        """Plain values; `from_dict` gives back an equal key."""
        return {
            "schema_version": KEY_VERSION,
            "kind": KIND,
            "export": self.export,
            "run_id": self.run_id,
            "run_path": self.run_path,
            "tier": self.tier,
            "metric": self.metric,
            "convention": self.convention,
            "threshold": self.threshold,
            "near": self.near,
            "seed": self.seed,
            "is_blind": self.is_blind,
            "judge": dict(self.judge),
            "rubric": dump_rubric(self.rubric),
            "labels": dict(self.labels),
            "counts": {
                model: {"accurate": count.accurate, "judged": count.judged} for model, count in self.counts.items()
            },
            "strata": [
                {"traits": dict(stratum.traits), "size": stratum.size, "drawn": stratum.drawn, "weight": stratum.weight}
                for stratum in self.strata
            ],
            "page": self.page,
            "items": [item.to_dict() for item in self.items],
        }

    @classmethod
    def from_dict(cls, value: object) -> ExportKey:
        """The key that `to_dict` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        data = read_mapping(value)
        if data.get("kind") != KIND or data.get("schema_version") != KEY_VERSION:
            raise ValueError(f"no {KIND} of schema version {KEY_VERSION}")
        return cls(
            export=read_text(data["export"]),
            run_id=read_text(data["run_id"]),
            run_path=read_text(data["run_path"]),
            tier=_tier(data["tier"]),
            metric=read_text(data["metric"]),
            convention=read_text(data["convention"]),
            threshold=read_number(data["threshold"]),
            near=read_number(data["near"]),
            seed=read_whole(data["seed"]),
            is_blind=data["is_blind"] is True,
            judge=read_mapping(data["judge"]),
            rubric=load_rubric(data["rubric"]),
            labels={model: read_text(label) for model, label in read_mapping(data["labels"]).items()},
            counts={model: _counts(count) for model, count in read_mapping(data["counts"]).items()},
            strata=tuple(_stratum(stratum) for stratum in read_list(data["strata"])),
            items=tuple(KeyItem.from_dict(item) for item in read_list(data["items"])),
            page=read_text(data["page"]),
        )


def read_key(path: Path) -> ExportKey:
    """The key in a file. Raises StoreError for what cannot be read or is none."""
    try:
        return ExportKey.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"{path} is no {KEY_FILE} of `medgen judge export`: {error}") from error


def _counts(value: object) -> ModelCounts:
    data = read_mapping(value)
    return ModelCounts(accurate=read_whole(data["accurate"]), judged=read_whole(data["judged"]))


def _stratum(value: object) -> Stratum:
    data = read_mapping(value)
    size, drawn = read_whole(data["size"]), read_whole(data["drawn"])
    if not 1 <= drawn <= size:
        raise ValueError(f"a stratum with {drawn} drawn of {size}")
    return Stratum(
        traits={name: read_text(trait) for name, trait in read_mapping(data["traits"]).items()}, size=size, drawn=drawn
    )


def _tier(value: object) -> Tier:
    for tier in TIERS:
        if value == tier:
            return tier
    raise ValueError(f"tier {value!r} is none of {', '.join(TIERS)}")
