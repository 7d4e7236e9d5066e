"""A calibration as people read it: how far experts agree, how far the judge agrees with them, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import NOTHING, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from medgen_pytest.evaluation.agreement.calibration import Calibration
    from medgen_pytest.evaluation.agreement.coefficient import Coefficient
    from medgen_pytest.evaluation.agreement.proportion import Proportion

_WHOLE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """A file of labels: its name and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertWork:
    """How much one expert has judged; `left_open` are outputs with a comment or dimensions but no overall mark."""

    name: str
    judged: int
    left_open: int = 0

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return {"name": self.name, "judged": self.judged, "left_open": self.left_open}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReport:
    """A calibration with what it was made of.

    `drawn` of `judged` outputs of the run were given to experts; `uncovered` counts the outputs of strata in which
    nothing is labelled, so that nothing is known about them. `files` are the files of labels.
    """

    metric: str
    convention: str
    export: str
    judge: Mapping[str, object]
    rubric: str
    rubric_digest: str
    drawn: int
    judged: int
    uncovered: int
    experts: tuple[ExpertWork, ...]
    not_asked: int = 0
    files: tuple[LabelFile, ...] = ()
    calibration: Calibration

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "metric": self.metric,
            "convention": self.convention,
            "export": self.export,
            "judge": dict(self.judge),
            "rubric": self.rubric,
            "rubric_digest": self.rubric_digest,
            "drawn": self.drawn,
            "judged": self.judged,
            "uncovered": self.uncovered,
            "experts": [expert.to_dict() for expert in self.experts],
            "not_asked": self.not_asked,
            "files": [{"name": file.name, "sha256": file.sha256} for file in self.files],
            "results": self.calibration.to_dict(),
        }


def calibration_lines(report: CalibrationReport) -> list[str]:
    """The report, line by line."""
    found = report.calibration
    return [
        f"{report.metric}, rubric {report.rubric}, threshold {found.threshold:g}",
        f"{found.samples} of {report.drawn} drawn outputs labelled, for {report.judged} judged ones",
        *_section("experts", _experts(report)),
        *_section("judge against experts", _judge(found)),
        *_section("bias (judge less experts; above 0 the judge is milder)", _bias(found)),
        *_section("threshold", [_suggestion(found)]),
        *_section("accuracy rate: by the judge, and as the experts would find it", _rates(found)),
        *_section("note", _notes(report)),
    ]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return ["", title, *found] if found else []


def _experts(report: CalibrationReport) -> Iterator[str]:
    agreement = report.calibration.experts
    for expert in report.experts:
        rest = f", {expert.left_open} left open" if expert.left_open else ""
        yield f"{expert.name}: {counted(expert.judged, 'output')}{rest}"
    if len(report.experts) < 2:  # noqa: PLR2004 - one expert agrees with nobody
        yield "with one expert it is not known how far experts agree"
        return
    yield _coefficient("Krippendorff's alpha of scores", agreement.alpha)
    yield _coefficient("Fleiss' kappa of verdicts", agreement.fleiss_kappa)
    yield _coefficient("ICC(2,1), one expert", agreement.icc_2_1)
    yield _coefficient("ICC(2,k), their mean", agreement.icc_2_k)
    for pair in agreement.pairs:
        same = NOTHING if pair.same_verdict is None else percent(pair.same_verdict)
        yield _coefficient(f"{pair.first} and {pair.second}: {same} same verdict, kappa", pair.kappa)


def _judge(found: Calibration) -> Iterator[str]:
    yield _coefficient("Spearman of scores", found.spearman)
    yield _coefficient(f"kappa at {found.threshold:g}", found.kappa)
    table = found.counted
    yield (
        f"both accurate {table.true_accurate:g}, only the judge {table.false_accurate:g},"
        f" only the experts {table.false_inaccurate:g}, neither {table.true_inaccurate:g}"
    )
    yield f"of what experts find accurate the judge finds {_proportion(found.sensitivity)}"
    yield f"of what experts find inaccurate the judge finds {_proportion(found.specificity)}"


def _bias(found: Calibration) -> Iterator[str]:
    for bias in found.bias:
        interval = "" if bias.low is None or bias.high is None else f" [{bias.low:+.2f}, {bias.high:+.2f}]"
        name = _WHOLE if bias.grouping == _WHOLE else f"{bias.grouping} {bias.group}"
        yield f"{name}: {bias.mean:+.2f}{interval} (n={bias.samples})"


def _suggestion(found: Calibration) -> str:
    best = found.suggestion
    if best.threshold is None or best.kappa is None:
        return f"none to suggest: {best.reason}"
    if best.threshold == found.threshold:
        return f"{found.threshold:g} agrees best with the experts (kappa {best.kappa:.3f})"
    return (
        f"{best.threshold:g} agrees best with the experts (kappa {best.kappa:.3f}), measured on the samples on which it"
        " was found: check it on others"
    )


def _rates(found: Calibration) -> Iterator[str]:
    for rate in found.rates:
        text = f"{rate.model}: {_proportion(rate.judge)}, corrected "
        if rate.rate is None or rate.low is None or rate.high is None:
            yield f"{text}{NOTHING} ({rate.reason})"
        else:
            yield f"{text}{_share(rate.rate, rate.low, rate.high, level=rate.level)} (n={rate.samples})"


def _notes(report: CalibrationReport) -> Iterator[str]:
    if report.uncovered:
        yield f"{report.uncovered} of {report.judged} outputs are of kinds of which no output is labelled"
    if report.calibration.split:
        yield f"{counted(report.calibration.split, 'output')} divided the experts evenly, which counts as inaccurate"
    if report.not_asked:
        yield f"{counted(report.not_asked, 'mark')} of dimensions that were not asked: left out"


def _coefficient(title: str, found: Coefficient) -> str:
    if found.value is None:
        return f"{title}: {NOTHING} ({found.reason})"
    return f"{title}: {found.value:.3f} (n={found.items})"


def _proportion(found: Proportion) -> str:
    if found.value is None or found.low is None or found.high is None:
        return NOTHING
    return _share(found.value, found.low, found.high, level=found.level)


def _share(value: float, low: float, high: float, *, level: float) -> str:
    return f"{percent(value)} [{percent(low)}, {percent(high)} at {level:.0%}]"
