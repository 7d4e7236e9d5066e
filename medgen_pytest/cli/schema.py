"""`medgen schema`: the JSON Schemas of what users write and read."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from medgen_pytest.config.settings import settings_schema
from medgen_pytest.reports.json_report import report_schema

if TYPE_CHECKING:
    import argparse

_SCHEMAS = {"settings": settings_schema, "report": report_schema}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "schema",
        help="print the JSON Schema of medgen.yaml or report.json",
        description="Prints a JSON Schema, for editors and for checks.",
    )
    parser.add_argument(
        "name", nargs="?", choices=sorted(_SCHEMAS), default="settings", help="settings (medgen.yaml) or report"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the schema."""
    sys.stdout.write(json.dumps(_SCHEMAS[options.name](), indent=2, ensure_ascii=False) + "\n")
    return 0
