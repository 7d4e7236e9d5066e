"""Diagnosis: for each metric in use, whether what it needs is there, and what to do where it is not."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, check_names
from medgen_pytest.metrics.checkpoint import file_digest
from medgen_pytest.metrics.packages import MISMATCH_REMEDY, torchvision_need

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import MetricDefinition
    from medgen_pytest.metrics.need import Need, WeightFile
    from medgen_pytest.metrics.torch_install import TorchInstall

SCHEMA_VERSION = 1

# torch hub names a file by the first digits of its digest, and checks them when it downloads.
_PUBLISHED = re.compile(r"-([0-9a-f]{8,})\.\w+$")
# Whoever imports these imports torchvision too, where it is installed.
_IMPORT_TORCHVISION = frozenset({"bert_score", "radgraph", "sentence_transformers", "torchvision", "transformers"})
_NO_JUDGE = "outputs cannot be judged as the settings say"
_REINSTALL_TORCH = "reinstall it: pip install --force-reinstall torch"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightState:
    """A file of weights as it lies here; `sha256` is None where it was not read."""

    file: WeightFile
    size: int = 0
    sha256: str | None = None
    problem: str | None = None
    note: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The file as plain data."""
        return {
            "path": str(self.file.path),
            "home": self.file.home,
            "place": self.file.place,
            "size": self.size,
            "sha256": self.sha256,
            "problem": self.problem,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedState:
    """A need and its files."""

    need: Need
    files: tuple[WeightState, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it."""
        own = (self.need.problem,) if self.need.problem else ()
        return (*own, *(state.problem for state in self.files if state.problem))

    def to_dict(self) -> dict[str, object]:
        """The need as plain data."""
        return {
            "kind": self.need.kind,
            "name": self.need.name,
            "found": self.need.found,
            "problems": list(self.problems),
            "remedy": self.need.remedy,
            "files": [state.to_dict() for state in self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricState:
    """A metric in use; `error` says why it could not be asked for its needs."""

    name: str
    needs: tuple[NeedState, ...] = ()
    error: str | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be computed here."""
        return self.error is None and not any(state.problems for state in self.needs)

    def to_dict(self) -> dict[str, object]:
        """The metric as plain data."""
        return {
            "name": self.name,
            "ready": self.is_ready,
            "error": self.error,
            "needs": [state.to_dict() for state in self.needs],
        }


def _system() -> str:
    return f"{platform.system()} {platform.machine()}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found.

    `install` is None where torch was not imported to look at it, `package` is our own version.
    """

    metrics: tuple[MetricState, ...]
    torch_home: Path
    hub_cache: Path
    install: TorchInstall | None = None
    torchvision: Need | None = None
    package: str = ""
    python: str = field(default_factory=platform.python_version)
    system: str = field(default_factory=_system)

    @property
    def is_well(self) -> bool:
        """Whether every metric in use can be computed here."""
        return all(metric.is_ready for metric in self.metrics)

    def without_judge(self) -> Diagnosis:
        """The same where the judge that the settings name cannot be asked."""
        return replace(self, metrics=tuple(_without_judge(metric) for metric in self.metrics))

    def to_dict(self) -> dict[str, object]:
        """The diagnosis as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "well": self.is_well,
            "medgen_pytest": self.package,
            "python": self.python,
            "system": self.system,
            "install": self.install.to_dict() if self.install else None,
            "torchvision_problem": self.torchvision.problem if self.torchvision else None,
            "torch_home": str(self.torch_home),
            "hub_cache": str(self.hub_cache),
            "metrics": [metric.to_dict() for metric in self.metrics],
        }


def _without_judge(metric: MetricState) -> MetricState:
    needs = (
        replace(state, need=replace(state.need, problem=_NO_JUDGE, found=None))
        if state.need.kind == "judge" and state.need.is_met
        else state
        for state in metric.needs
    )
    return replace(metric, needs=tuple(needs))


def examine(
    definitions: Mapping[str, MetricDefinition],
    context: MetricContext,
    names: Iterable[str],
    *,
    install: TorchInstall | None = None,
    digests: bool = True,
    package: str = "",
) -> Diagnosis:
    """What the metrics of these names need, and whether it is there.

    `install` is what importing torch showed, where it was imported. `digests` reads every file of weights
    once. `package` is our own version, to be told. Raises ConfigError for a name nobody knows, and for
    nothing that it finds.
    """
    chosen = list(dict.fromkeys(names))
    check_names("metric", chosen, definitions)
    torchvision = _torchvision(install)
    reading = _Reading(digests=digests)
    return Diagnosis(
        metrics=tuple(
            _metric(name, needs_of(definitions[name], context), reading, install=install, torchvision=torchvision)
            for name in chosen
        ),
        torch_home=context.torch_home,
        hub_cache=context.hub_cache,
        install=install,
        torchvision=torchvision,
        package=package,
    )


def needs_of(definition: MetricDefinition, context: MetricContext) -> tuple[Need, ...] | str:
    """The needs of a metric, or in one line why it cannot say them."""
    try:
        return tuple(definition.needs(context))
    except ConfigError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a metric of anybody's, and the others are still looked at
        return f"it cannot say what it needs: {type(error).__name__}: {error}"


def _metric(
    name: str,
    needs: tuple[Need, ...] | str,
    reading: _Reading,
    *,
    install: TorchInstall | None,
    torchvision: Need | None,
) -> MetricState:
    if isinstance(needs, str):
        return MetricState(name=name, error=needs)
    packages = {need.name.replace("-", "_") for need in needs if need.kind == "package"}
    known = [_imported(need, install) for need in needs if need.name != "torchvision"]
    if torchvision and torchvision.problem and packages & _IMPORT_TORCHVISION:
        known.append(torchvision)
    states = (
        NeedState(need=need, files=tuple(reading.state_of(file) for file in need.files) if need.is_met else ())
        for need in known
    )
    return MetricState(name=name, needs=tuple(states))


def _imported(need: Need, install: TorchInstall | None) -> Need:
    """The need of torch as importing it showed; any other as it is."""
    state = install.torch if install else None
    if need.kind != "package" or need.name != "torch" or not need.is_met or state is None:
        return need
    if state.error is None:
        return replace(need, found=state.version)
    problem = f"torch {need.found} is installed and cannot be imported: {state.error}"
    return replace(need, problem=problem, remedy=_REINSTALL_TORCH)


def _torchvision(install: TorchInstall | None) -> Need | None:
    """The torchvision that is there; importing it, where that was done, decides whether it fits."""
    need = torchvision_need()
    state = install.torchvision if install else None
    broken = state is not None and state.error is not None
    if state is None or (broken and install is not None and install.torch is not None and install.torch.error):
        return need  # not imported, or there was no torch to import it with
    if not broken:
        return replace(need, found=state.version, problem=None, remedy=None)
    reason = f" ({need.problem})" if need.problem else ""
    problem = f"torchvision {need.found} cannot be imported beside this torch: {state.error}{reason}"
    return replace(need, problem=problem, remedy=MISMATCH_REMEDY)


class _Reading:
    """Reads each file of weights once, however many metrics need it."""

    def __init__(self, *, digests: bool) -> None:
        self._digests = digests
        self._known: dict[Path, WeightState] = {}

    def state_of(self, file: WeightFile) -> WeightState:
        if file.path not in self._known:
            self._known[file.path] = self._read(file)
        return replace(self._known[file.path], file=file)

    def _read(self, file: WeightFile) -> WeightState:
        try:
            size = file.path.stat().st_size
            digest = file_digest(file.path) if self._digests else None
        except OSError as error:
            return WeightState(file=file, problem=f"{file.path}: cannot be read: {error.strerror or error}")
        except ConfigError as error:
            return WeightState(file=file, problem=str(error))
        return WeightState(file=file, size=size, sha256=digest, note=_note(file, digest))


def _note(file: WeightFile, digest: str | None) -> str | None:
    published = _PUBLISHED.search(file.place) if file.home == "torch" else None
    if digest is None or published is None or digest.startswith(published[1]):
        return None
    return f"its name promises a digest that begins with {published[1]}: not the file that was published"
