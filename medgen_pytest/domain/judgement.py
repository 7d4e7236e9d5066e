"""Judgements: what a judge said about one output, once, or why it said nothing that can be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from medgen_pytest.domain.output_record import dump_timing, dump_usage, load_timing, load_usage
from medgen_pytest.domain.plain import read_list, read_mapping, read_optional_text, read_text, read_whole
from medgen_pytest.domain.score import dump_number, load_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.output import Timing, Usage

Tier = Literal["with_reference", "without_reference"]
"""Whether the judge sees the reference of the sample, or has to do with its input alone."""

TIERS: tuple[Tier, ...] = get_args(Tier)

JUDGE_METRICS: Mapping[Tier, str] = MappingProxyType(
    {"with_reference": "judge_with_reference", "without_reference": "judge_without_reference"}
)
"""The metric that each tier makes."""

JUDGED = frozenset(JUDGE_METRICS.values())
"""The metrics that judges give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one judge said about one output.

    `overall` and `dimensions` are on the scale of the rubric. `overall` None means that there is no judgement,
    an *error*, with the `reason`; `raw` holds what was replied all the same, as far as it is kept. `replicate`
    counts from 0 how often this judge was asked the same; `swapped` says that the output was shown before the
    reference, `repaired` that a second request was needed to make the reply readable. `steering` are the
    kinds of attempts of the output to steer the judge. `digests` hold what must be unchanged for
    the judgement to be used again: `judge`, `rubric`, `output`, `sample`.
    """

    judge: str
    tier: Tier
    replicate: int = 0
    swapped: bool = False
    overall: float | None = None
    reason: str | None = None
    dimensions: Mapping[str, float] = field(default_factory=dict)
    analysis: str | None = None
    raw: str | None = None
    repaired: bool = False
    steering: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    timing: Timing | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    finished: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether the judge said nothing that can be used."""
        return self.overall is None

    @property
    def slot(self) -> tuple[str, Tier, int, bool]:
        """Which of the judgements of an output this is: there is one for each judge, tier, replicate and order."""
        return (self.judge, self.tier, self.replicate, self.swapped)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON, without the fields that say nothing; `from_dict` gives back an equal judgement."""
        data: dict[str, object] = {
            "judge": self.judge,
            "tier": self.tier,
            "replicate": self.replicate,
            "swapped": self.swapped or None,
            "overall": dump_number(self.overall),
            "reason": self.reason,
            "dimensions": {name: dump_number(value) for name, value in self.dimensions.items()} or None,
            "analysis": self.analysis,
            "raw": self.raw,
            "repaired": self.repaired or None,
            "steering": list(self.steering) or None,
            "notes": list(self.notes) or None,
            "usage": dump_usage(self.usage) if self.usage else None,
            "timing": dump_timing(self.timing) if self.timing else None,
            "digests": dict(sorted(self.digests.items())) or None,
            "finished": self.finished,
        }
        return {key: value for key, value in data.items() if value is not None or key == "overall"}

    @classmethod
    def from_dict(cls, data: object) -> Judgement:
        """The judgement that `to_dict` wrote. Raises TypeError, ValueError or KeyError for anything else."""
        data = read_mapping(data)
        usage, timing = data.get("usage"), data.get("timing")
        return cls(
            judge=intern(read_text(data["judge"])),
            tier=_tier(data["tier"]),
            replicate=read_whole(data.get("replicate", 0)),
            swapped=_flag(data.get("swapped")),
            overall=load_number(data["overall"]),
            reason=read_optional_text(data.get("reason")),
            dimensions={
                intern(name): _number(value) for name, value in read_mapping(data.get("dimensions", {})).items()
            },
            analysis=read_optional_text(data.get("analysis")),
            raw=read_optional_text(data.get("raw")),
            repaired=_flag(data.get("repaired")),
            steering=tuple(intern(read_text(kind)) for kind in read_list(data.get("steering", []))),
            notes=tuple(read_text(note) for note in read_list(data.get("notes", []))),
            usage=load_usage(usage) if usage is not None else None,
            timing=load_timing(timing) if timing is not None else None,
            digests={
                intern(name): intern(read_text(value)) for name, value in read_mapping(data.get("digests", {})).items()
            },
            finished=read_optional_text(data.get("finished")),
        )


def _tier(value: object) -> Tier:
    for tier in TIERS:
        if value == tier:
            return tier
    raise ValueError(f"tier {value!r} is none of {', '.join(TIERS)}")


def _flag(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise TypeError(f"neither true nor false: {value!r}")


def _number(value: object) -> float:
    number = load_number(value)
    if number is None:
        raise TypeError("a dimension without a score")
    return number
