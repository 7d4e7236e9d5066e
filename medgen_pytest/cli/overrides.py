"""Overrides on a command line: the options by which a stored run is looked at in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.config.thresholds import parse_thresholds
from medgen_pytest.domain.planned import AGGREGATIONS
from medgen_pytest.runs.finish import Overrides

if TYPE_CHECKING:
    import argparse


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    """Declares the options that say which scores are accurate."""
    parser.add_argument("--profile", metavar="NAME", help="another threshold profile, by name or YAML file")
    parser.add_argument("--threshold", action="append", default=[], metavar="METRIC=VALUE", help="replace a threshold")


def add_gate_options(parser: argparse.ArgumentParser) -> None:
    """Declares the options that say what must be reached."""
    parser.add_argument("--gate", action="append", metavar="GATE", help="the gates, instead of the stored ones")
    parser.add_argument("--max-error-rate", type=float, metavar="RATE", help="errors that a gated run may have")
    parser.add_argument("--min-samples", type=int, metavar="N", help="judged samples that a gate needs")


def add_aggregate_option(parser: argparse.ArgumentParser) -> None:
    """Declares the option that says how repeats count."""
    parser.add_argument("--aggregate", choices=AGGREGATIONS, help="how the repeats of a sample become one verdict")


def overrides_of(options: argparse.Namespace, *, gates: tuple[str, ...] | None = None) -> Overrides:
    """What the options say; `gates` are those of a command that has no option for them, None for the stored ones.

    Raises ConfigError for a threshold that is none.
    """
    given = vars(options)
    return Overrides(
        profile=given.get("profile"),
        thresholds=parse_thresholds(given.get("threshold", ()), flag="--threshold"),
        gates=tuple(given["gate"]) if given.get("gate") is not None else gates,
        max_error_rate=given.get("max_error_rate"),
        min_samples=given.get("min_samples"),
        aggregate=given.get("aggregate"),
    )
