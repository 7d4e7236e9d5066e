"""`medgen judge`: what is done with the judge of a run beside judging, one action a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.cli import judge_calibrate, judge_controls, judge_export, judge_show

if TYPE_CHECKING:
    import argparse

_ACTIONS = (judge_show, judge_export, judge_calibrate, judge_controls)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command and its actions."""
    parser = commands.add_parser(
        "judge",
        help="look at the judge of a run, and measure it against experts",
        description="The judge of a run beside judging: material for experts, and what comes of it.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for action in _ACTIONS:
        action.add_parser(actions)
