"""The confusion table: how often the judge's verdict is that of the experts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, make_coefficient, make_undefined
from medgen_pytest.evaluation.agreement.cohen import ONE_CATEGORY

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Samples by verdicts, each counted with its weight; `samples` is how many there are.

    The first word of a field is whether the judge's verdict is right, the second what the judge said.
    """

    true_accurate: float = 0.0
    false_accurate: float = 0.0
    false_inaccurate: float = 0.0
    true_inaccurate: float = 0.0
    samples: int = 0

    @classmethod
    def of(cls, verdicts: Iterable[tuple[bool, bool, float]]) -> Confusion:
        """The table of verdicts: (of the judge, of the experts, weight), True for accurate."""
        cells = {(True, True): 0.0, (True, False): 0.0, (False, True): 0.0, (False, False): 0.0}
        samples = 0
        for judge, experts, weight in verdicts:
            cells[bool(judge), bool(experts)] += weight
            samples += 1
        return cls(
            true_accurate=cells[True, True],
            false_accurate=cells[True, False],
            false_inaccurate=cells[False, True],
            true_inaccurate=cells[False, False],
            samples=samples,
        )

    @property
    def total(self) -> float:
        """The weights of all samples."""
        return self.true_accurate + self.false_accurate + self.false_inaccurate + self.true_inaccurate

    @property
    def agreement(self) -> float | None:
        """The share of samples with one verdict; None without samples."""
        return (self.true_accurate + self.true_inaccurate) / self.total if self.total else None

    @property
    def sensitivity(self) -> float | None:
        """The share of what the experts find accurate that the judge does too; None if there is nothing such."""
        found = self.true_accurate + self.false_inaccurate
        return self.true_accurate / found if found else None

    @property
    def specificity(self) -> float | None:
        """The share of what the experts find inaccurate that the judge does too; None if there is nothing such."""
        found = self.true_inaccurate + self.false_accurate
        return self.true_inaccurate / found if found else None

    @property
    def kappa(self) -> Coefficient:
        """Cohen's kappa of the verdicts; see `kappa`."""
        if self.samples < 2:  # noqa: PLR2004 - one sample varies in nothing
            return make_undefined("kappa", "fewer than two samples", items=self.samples)
        judge = (self.true_accurate + self.false_accurate) / self.total
        experts = (self.true_accurate + self.false_inaccurate) / self.total
        by_chance = judge * (1 - experts) + (1 - judge) * experts
        if by_chance == 0:
            return make_undefined("kappa", ONE_CATEGORY, items=self.samples)
        differing = (self.false_accurate + self.false_inaccurate) / self.total
        return make_coefficient("kappa", 1 - differing / by_chance, items=self.samples)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON: the cells and what follows from them."""
        return {
            "true_accurate": self.true_accurate,
            "false_accurate": self.false_accurate,
            "false_inaccurate": self.false_inaccurate,
            "true_inaccurate": self.true_inaccurate,
            "samples": self.samples,
            "agreement": self.agreement,
            "sensitivity": self.sensitivity,
            "specificity": self.specificity,
            "kappa": self.kappa.to_dict(),
        }
