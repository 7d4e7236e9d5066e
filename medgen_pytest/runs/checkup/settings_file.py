"""Looking at the settings: is there a file, what is wrong in it, and are there the files that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.config.location import CONFIG_NAME, find_config
from medgen_pytest.errors import MedgenError
from medgen_pytest.evaluation.checkup import Finding, problem, warning, well
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.runs.baselines import named_baselines
from medgen_pytest.runs.checkup.conftests import IN_PYTEST, METRICS_HOOK, names_hook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.evaluation.profile import Profile

_UNKNOWN = "unknown metric"
_PROFILE = "name a bundled profile or a YAML file that is one"
_GATE = "mend the gate, or make the baseline; docs/gates.md has the grammar"
_MEND = "mend it there; docs/settings.md lists all settings, and medgen schema prints them for an editor"


def look_at_settings(run: RunSettings, *, faults: Sequence[str], here: Path) -> Iterator[Finding]:
    """The file and every section of it that is wrong, then what names other files: profile, gates and baselines.

    `run` are the settings without the sections that are wrong, `faults` what is wrong with those.
    """
    for fault in faults:
        yield problem(fault, todo=_MEND)
    if run.config_path is None and not faults:
        yield _without_file(here)
    elif run.config_path is not None and not faults:
        yield well(f"{run.config_path}: {_in_words(run)}")
    elif run.config_path is not None:
        yield warning(
            f"the rest of {run.config_path} is looked at, without what is wrong in it: {_in_words(run)}",
            todo="look again once it is mended",
        )
    yield from _others(run, here=here)


def metric_fault(fault: str, *, todo: str, here: Path) -> Finding:
    """What is wrong with a metric that settings name; one that nobody knows may be of a conftest."""
    if _UNKNOWN in fault and names_hook(here, METRICS_HOOK):
        return warning(f"{fault.partition(';')[0]}; a conftest here adds some", todo=IN_PYTEST)
    return problem(fault, todo=todo)


def _threshold(metric: str, value: float, profile: Profile, *, here: Path) -> Iterator[Finding]:
    try:
        profile.override(thresholds={metric: value})
    except MedgenError as error:
        yield metric_fault(f"thresholds: {error}", todo="correct the name or the value there", here=here)


def _without_file(here: Path) -> Finding:
    for folder in here.resolve().parents:
        path = find_config(folder)
        if path is not None:
            return warning(
                f"there is no {CONFIG_NAME} in {here}, but {path}",
                todo=f"go to {folder}, or name it: medgen doctor --config={path}",
            )
    return warning(
        f"there is no {CONFIG_NAME} in {here}: what follows are the defaults",
        todo="medgen init writes one, or go to the root folder of the repository, or name one with --config=FILE",
    )


def _in_words(run: RunSettings) -> str:
    settings = run.settings
    parts = [counted(len(settings.models), "model"), counted(len(settings.gates), "gate")]
    return ", ".join([*parts, *(["a judge"] if settings.judge is not None else [])])


def _others(run: RunSettings, *, here: Path) -> Iterator[Finding]:
    """What of the settings is not understood, or names a file that is not there."""
    thresholds = run.settings.thresholds
    try:
        profile = load_profile(thresholds.profile, root=run.root)
        for metric, value in sorted((thresholds.model_extra or {}).items()):
            yield from _threshold(metric, float(value), profile, here=here)
    except MedgenError as error:
        yield metric_fault(f"thresholds.profile: {error}", todo=_PROFILE, here=here)
    for text in run.settings.gates:
        try:
            named_baselines([parse_gate(text)], root=run.gates_root)
        except MedgenError as error:
            yield metric_fault(f"gates: {error}", todo=_GATE, here=here)
