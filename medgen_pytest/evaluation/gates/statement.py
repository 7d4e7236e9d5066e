"""Statements: the text of a gate, cut into its parts; what the parts mean is not looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.evaluation.gates.gate import Form, Measure

SYNTAX = (
    "SLICE/METRIC >= RATE, like 'image_editing/ssim >= 0.8' or 'vqa[modality=CT]/accuracy >= 60%';"
    " SLICE/METRIC lower bound >= RATE [at 95%]; SLICE/METRIC mean >= VALUE; SLICE/METRIC drop <= RATE against FILE;"
    " SLICE/METRIC errors <= RATE; errors <= RATE; or cost <= AMOUNT"
)
_LONGEST = 200

_FORMS: Mapping[str, Form] = {"lower bound": "lower bound", "upper bound": "upper bound", "drop": "drop"}
_TIER = re.compile(r"(?P<tier>[\w-]+)\s*:", re.ASCII)
_WHOLE_RUN = re.compile(r"(?P<measure>cost|errors)\b(?!\s*[/\[])")
_SLICE = re.compile(r"""(?P<slice>[^\[\]/<>=]+)(?:\[(?P<where>(?:"[^"]*"|[^\]"])*)\])?""", re.DOTALL)
_METRIC = re.compile(r"/\s*(?P<metric>[\w-]+)", re.ASCII)
_ERRORS = re.compile(r"errors\b")
_MEAN = re.compile(r"mean\b")
_FORM = re.compile(r"(?P<form>(?:lower|upper)\s+bound|drop)\b")
_SIGN = re.compile(r"(?P<sign>>=|<=|>|<)")
_NUMBER = re.compile(r"(?P<number>-?\d{1,9}(?:\.\d{0,30})?|-?\.\d{1,30})\s*(?P<percent>%)?", re.ASCII)
_LEVEL = re.compile(r"at\s+(?P<level>\d{1,9}(?:\.\d{0,30})?|\.\d{1,30})\s*(?P<percent>%)?", re.ASCII)
_AGAINST = re.compile(r"""against(?:\s*"(?P<quoted>[^"]+)"|\s+(?P<plain>[^\s"]+))""")
_SPACE = re.compile(r"\s*")
_SPACES_OUTSIDE_QUOTES = re.compile(r'"[^"]*"|\s+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the text of a gate says, part by part; None where it says nothing.

    `bound` and `level` are shares where a percentage is written, so that 33.3% is the same number as 0.333.
    """

    tier: str | None
    slice: str | None
    where: str | None
    metric: str | None
    measure: Measure
    form: Form
    sign: str
    bound: Decimal
    is_percentage: bool
    level: Decimal | None
    baseline: str | None


def read_statement(text: str) -> Statement:
    """The parts of a gate's text. Raises ConfigError for another syntax, with what was expected where."""
    scanner = _Scanner(text)
    tier = scanner.take(_TIER)
    subject = scanner.take(_WHOLE_RUN)
    if subject is not None:
        measure: Measure = "cost" if subject["measure"] == "cost" else "errors"
        part = metric = None
        form: Form = "value"
    else:
        part = scanner.need(_SLICE, "a slice")
        metric = scanner.need(_METRIC, "/METRIC")
        measure, form = _quantity(scanner)
    sign = scanner.need(_SIGN, ">=, >, <= or <")
    number = scanner.need(_NUMBER, "a number")
    level, baseline = _circumstances(scanner)
    scanner.end()
    return Statement(
        tier=tier["tier"] if tier else None,
        slice=part["slice"].strip() if part else None,
        where=part["where"] if part else None,
        metric=metric["metric"] if metric else None,
        measure=measure,
        form=form,
        sign=sign["sign"],
        bound=_share(number["number"], number["percent"]),
        is_percentage=number["percent"] is not None,
        level=level,
        baseline=baseline,
    )


def read_slice(text: str) -> tuple[str, str | None]:
    """Name and conditions of a slice that stands alone. Raises ConfigError for another syntax."""
    scanner = _Scanner(text, what="slice", syntax="SLICE or SLICE[NAME=VALUE, ...], like 'vqa' or 'vqa[modality=CT]'")
    part = scanner.need(_SLICE, "a slice")
    scanner.end()
    return part["slice"].strip(), part["where"]


def squeezed(text: str) -> str:
    """A text with single spaces, but for what stands in double quotes."""
    return _SPACES_OUTSIDE_QUOTES.sub(lambda found: found[0] if found[0].startswith('"') else " ", text).strip()


def shown(text: str) -> str:
    """A text as messages quote it: cut where it is very long."""
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def _quantity(scanner: _Scanner) -> tuple[Measure, Form]:
    if scanner.take(_ERRORS):
        return "errors", "value"
    measure: Measure = "mean" if scanner.take(_MEAN) else "rate"
    form = scanner.take(_FORM)
    return measure, _FORMS[" ".join(form["form"].split())] if form else "value"


def _circumstances(scanner: _Scanner) -> tuple[Decimal | None, str | None]:
    """Level and baseline, in either order."""
    level = baseline = None
    for _ in range(2):
        found = scanner.take(_LEVEL) if level is None else None
        if found is not None:
            level = _share(found["level"], found["percent"])
        against = scanner.take(_AGAINST) if baseline is None else None
        if against is not None:
            baseline = against["quoted"] or against["plain"]
    return level, baseline


def _share(number: str, percent: str | None) -> Decimal:
    return Decimal(number) / (100 if percent else 1)


class _Scanner:
    """A text and how far it has been read."""

    def __init__(self, text: str, *, what: str = "gate", syntax: str = SYNTAX) -> None:
        self._text = text
        self._what, self._syntax = what, syntax
        self._position = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What the text goes on with, after spaces, if it is that."""
        start = _SPACE.match(self._text, self._position)
        found = pattern.match(self._text, start.end() if start else self._position)
        if found is not None:
            self._position = found.end()
        return found

    def need(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        """What the text must go on with. Raises ConfigError where it does not."""
        found = self.take(pattern)
        if found is None:
            raise self._fault(f"{what} is expected")
        return found

    def end(self) -> None:
        """Raises ConfigError unless everything is read."""
        if self._text[self._position :].strip():
            raise self._fault("the end is expected")

    def _fault(self, what: str) -> ConfigError:
        left = self._text[self._position :].strip()
        where = f"before {shown(left)}" if left else "at its end"
        return ConfigError(f"{self._what} {shown(self._text)} is not understood: {what} {where}; write {self._syntax}")
