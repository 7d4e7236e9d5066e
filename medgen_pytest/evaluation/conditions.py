"""Conditions: what two runs must share so that their numbers can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.plain import section_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from medgen_pytest.evaluation.profile import Profile

_SHOWN = 12
"""Characters of a digest that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Under which a run was made: its dataset by fingerprint, its profile by name and digest, and its conventions.

    The convention of a metric that judges give names the judges, the rubric and the rule.
    """

    dataset: str | None
    profile: str
    profile_digest: str
    conventions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Mapping[str, object], profile: Profile) -> Conditions:
        """Those of a run, by its facts and the profile that its verdicts are under."""
        fingerprint = section_of(facts, "dataset").get("fingerprint")
        return cls(
            dataset=str(fingerprint) if fingerprint is not None else None,
            profile=profile.name,
            profile_digest=profile.digest,
            conventions={str(name): str(value) for name, value in section_of(facts, "metrics").items()},
        )

    def differences(self, other: Conditions, *, metrics: Collection[str] | None = None) -> list[str]:
        """What differs, a text each with what it is in the one and in the other; empty where they can be compared.

        `metrics` are those that are to be compared; None stands for all that both measure.
        """
        found = []
        if self.dataset != other.dataset:
            found.append(f"datasets (fingerprints {_digest(self.dataset)} and {_digest(other.dataset)})")
        if self.profile_digest != other.profile_digest:
            found.append(f"profiles ({self._profile_beside(other)} and {other._profile_beside(self)})")
        names = metrics if metrics is not None else self.conventions.keys() & other.conventions.keys()
        return [*found, *(text for name in sorted(names) if (text := self._convention(name, other)))]

    def _profile_beside(self, other: Conditions) -> str:
        return self.profile if self.profile != other.profile else f"{self.profile} {_digest(self.profile_digest)}"

    def _convention(self, name: str, other: Conditions) -> str | None:
        ours, theirs = self.conventions.get(name), other.conventions.get(name)
        if ours == theirs:
            return None
        what = "judges, rubrics or rules" if name in JUDGED else "conventions"
        return f"{what} of {name} ({ours or 'not measured'} and {theirs or 'not measured'})"


def _digest(value: str | None) -> str:
    return "unknown" if value is None else value[:_SHOWN]
