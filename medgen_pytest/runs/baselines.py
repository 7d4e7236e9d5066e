"""Baselines of runs: read from files, kept with the run that is held against them, and checked before it starts."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.errors import ConfigError, StoreError, check_names
from medgen_pytest.evaluation.baseline import Baseline
from medgen_pytest.reports.baseline import write_baseline
from medgen_pytest.runs.finish import Overrides, rescore_run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from medgen_pytest.evaluation.gates import Gate
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.store import RunDirectory

FOLDER = "baselines"
"""Where a run keeps the baselines that its gates name, so that it can be judged again without the files."""
_MAKE_ONE = "medgen baseline save RUN FILE makes one"


def run_to_keep(store: RunDirectory, overrides: Overrides, *, models: Collection[str] = (), root: Path) -> RunResult:
    """A stored run of which a baseline can be made, of some of its models or of all.

    Raises StoreError for what is no run, ConfigError for a model that it does not hold and for a part of a run.
    """
    run = rescore_run(store, overrides, root=root)
    if run.shard is not None:
        raise ConfigError(f"{store.path} holds shard {run.shard} of a run; merge its shards first")
    check_names("model", models, run.models)
    return run


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Raises ConfigError in one line for what is missing, damaged or no baseline."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"baseline {path} cannot be read: {error.strerror or error}; {_MAKE_ONE}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"baseline {path} is no baseline: it is not UTF-8; {_MAKE_ONE}") from error
    except ValueError as error:  # a name that no file can have
        raise ConfigError(f"baseline {str(path)!r} cannot be read: {error}") from error
    try:
        return Baseline.from_dict(read_mapping(json.loads(text)))
    except (ConfigError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"baseline {path} is damaged or no baseline: {_said(error)}; {_MAKE_ONE}") from error


def named_baselines(gates: Iterable[Gate], *, root: Path) -> dict[str, Baseline]:
    """The baselines that gates name, by how they name them; relative paths start from `root`. Raises ConfigError."""
    return {name: read_baseline(root / name) for name in _names(gates)}


def keep_baselines(baselines: Mapping[str, Baseline], run: Path) -> None:
    """Writes a copy of each baseline into a run directory. Raises StoreError."""
    for name, baseline in baselines.items():
        write_baseline(baseline, run / FOLDER / _file_name(name))


def kept_baselines(gates: Iterable[Gate], run: Path) -> dict[str, Baseline]:
    """The copies that a run keeps of the baselines that its gates name; another judging's are those of its run.

    Raises StoreError where one is missing or damaged.
    """
    folders = (run / FOLDER, run.parent.parent / FOLDER)
    found = {}
    for name in _names(gates):
        path = next((path for folder in folders if (path := folder / _file_name(name)).is_file()), None)
        if path is None:
            raise StoreError(f"{run} keeps no copy of baseline {name!r}, which its gates name; name gates with --gate")
        try:
            found[name] = read_baseline(path)
        except ConfigError as error:
            raise StoreError(str(error)) from error
    return found


def _names(gates: Iterable[Gate]) -> list[str]:
    return sorted({gate.baseline for gate in gates if gate.baseline is not None})


def _file_name(name: str) -> str:
    return f"{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.json"


def _said(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return " ".join(str(error).split()) or type(error).__name__
