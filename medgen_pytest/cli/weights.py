"""`medgen weights`: weights carried to a machine without internet, in one archive that both sides verify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.metric_choice import MetricChoice, add_metric_options, choose_all_metrics
from medgen_pytest.config.environment import hub_cache, torch_home
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.metrics.diagnosis import needs_of
from medgen_pytest.metrics.weight_packing import pack_weights
from medgen_pytest.metrics.weight_unpacking import unpack_weights
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from medgen_pytest.metrics.need import Home, Need

_MEBIBYTE = 1024**2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command and its own two."""
    parser = commands.add_parser(
        "weights",
        help="carry weights to a machine without internet",
        description="Packs the weights of the metrics in use into one archive, and unpacks it on another machine."
        " Both sides verify every file.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_pack(actions)
    _add_unpack(actions)


def _add_pack(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    pack = actions.add_parser(
        "pack",
        help="write the weights that are here into an archive",
        description="Writes the weights of the metrics in use into an archive and reads it again. Exits 1 if any"
        " weights are missing here; the others are packed.",
    )
    pack.add_argument("archive", type=Path, metavar="ARCHIVE", help="the archive, a new file")
    add_metric_options(pack)
    pack.set_defaults(run=run_pack)


def _add_unpack(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    unpack = actions.add_parser(
        "unpack",
        help="put the weights of an archive where they are looked for",
        description="Verifies a whole archive and puts its files in place. A file that is there already stays, one"
        " with other content too, unless forced.",
    )
    unpack.add_argument("archive", type=Path, metavar="ARCHIVE", help="the archive")
    unpack.add_argument("--torch-home", type=Path, metavar="DIR", help="for weights of torch hub (default: TORCH_HOME)")
    unpack.add_argument(
        "--hub-cache", type=Path, metavar="DIR", help="for weights of the Hugging Face hub (default: HF_HUB_CACHE)"
    )
    unpack.add_argument("--folder", type=Path, metavar="DIR", help="for weights of a folder that settings name")
    unpack.add_argument("--force", action="store_true", help="replace files of other content")
    unpack.set_defaults(run=run_unpack)


def run_pack(
    options: argparse.Namespace, *, choose: Callable[[argparse.Namespace], MetricChoice] = choose_all_metrics
) -> int:
    """Packs and prints; 0 if no weights of the metrics in use are missing."""
    needs = _weights_of(choose(options))
    missing = dict.fromkeys(need for found in needs.values() for need in found if not need.is_met)
    _write(f"missing: {need}" for need in missing)
    if missing and not any(need.is_met for found in needs.values() for need in found):
        _write([f"nothing was packed: no weights of these metrics are here; {options.archive} was not written"])
        return int(ExitCode.BREACHED)
    manifest = pack_weights(needs, options.archive)
    size = sum(file.size for file in manifest.files) / _MEBIBYTE
    _write(f"packed: {file.entry} SHA-256 {file.sha256}" for file in manifest.files)
    _write([f"{options.archive}: {len(manifest.files)} files, {size:.1f} MiB, written and verified"])
    return int(ExitCode.BREACHED if missing else ExitCode.HOLDS)


def run_unpack(options: argparse.Namespace) -> int:
    """Unpacks and prints; 0 once every file is in place."""
    homes: dict[Home, Path] = {
        "torch": options.torch_home or torch_home(),
        "huggingface": options.hub_cache or hub_cache(),
    }
    if options.folder is not None:
        homes["folder"] = options.folder
    files = unpack_weights(options.archive, homes, force=options.force)
    _write(f"{file.state}: {file.path}" for file in files)
    _write([f"{options.archive}: {len(files)} files verified and in place"])
    return int(ExitCode.HOLDS)


def _weights_of(choice: MetricChoice) -> dict[str, list[Need]]:
    """The weights that each metric needs. Raises ConfigError for a metric that cannot say."""
    needs: dict[str, list[Need]] = {}
    for name in choice.names:
        if name not in choice.definitions:
            raise ConfigError(unknown_name("metric", name, choice.definitions))
        found = needs_of(choice.definitions[name], choice.context)
        if isinstance(found, str):
            raise ConfigError(f"metric {name!r}: {found}")
        needs[name] = [need for need in found if need.kind == "weights"]
    return needs


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(visible(line) + "\n")
