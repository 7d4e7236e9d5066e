"""`medgen judge show`: exactly what a judge would be sent about one sample; nobody is asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.run_options import add_run_options, settings_of
from medgen_pytest.domain.judgement import TIERS
from medgen_pytest.errors import StoreError
from medgen_pytest.runs.judge_show import Asking, question_about_output, question_about_reference
from medgen_pytest.runs.prepare import open_chosen_dataset
from medgen_pytest.store import run_directory_at

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.judge.questioning import JudgeQuestion

_OPTIONS = ("config", "dataset", "allow-outside-paths", "judge", "rubric")


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the action."""
    parser = actions.add_parser(
        "show",
        help="print what a judge would be sent about a sample",
        description="Prints exactly what a judge would be sent about one sample: the prompt, the schema of the reply"
        " and the images, which --images writes as files. It is about the stored output of a run, or, without --run,"
        " about an output that is the reference itself. Nobody is asked.",
    )
    parser.add_argument("sample_id", metavar="SAMPLE_ID", help="the id of the sample")
    parser.add_argument("--run", type=Path, dest="run_directory", metavar="RUN", help="the run whose output it is")
    parser.add_argument("--model", metavar="NAME", help="whose output, where the run has several models")
    parser.add_argument("--tier", choices=TIERS, default=TIERS[0], help="with the reference (default), or without it")
    parser.add_argument("--swapped", action="store_true", help="with the output before the reference")
    parser.add_argument("--images", type=Path, metavar="DIR", help="where to write the images as PNG files")
    add_run_options(parser, _OPTIONS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints it."""
    question = _question(options)
    if options.images is not None:
        _write_images(question, options.images)
    request = question.request
    sys.stdout.write(f"{request.instruction.rstrip()}\n\n")
    for number, image in enumerate(request.inputs, start=1):
        height, width, _ = image.array().shape
        sys.stdout.write(f"image {number}: {image.name}, {width}x{height}\n")
    sys.stdout.write(f"reply schema: {json.dumps(request.json_schema, ensure_ascii=False)}\n")
    for kind in question.steering:
        sys.stdout.write(f"flag: the output may steer the judge: {kind}\n")
    for note in question.notes:
        sys.stdout.write(f"note: {note}\n")
    return 0


def _question(options: argparse.Namespace) -> JudgeQuestion:
    # A rubric alone is no judge, and none is needed to show what one would be sent.
    run_settings = settings_of(options, without={"medgen_rubric"})
    asking = Asking(run=run_settings, tier=options.tier, swapped=options.swapped, rubric=options.medgen_rubric)
    if options.run_directory is None:
        dataset = open_chosen_dataset(run_settings.settings, root=run_settings.root)
        return question_about_reference(dataset, options.sample_id, asking=asking)
    store = run_directory_at(options.run_directory)
    return question_about_output(store, options.sample_id, model=options.model, asking=asking)


def _write_images(question: JudgeQuestion, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(question.request.inputs, start=1):
            (folder / f"image-{number}.png").write_bytes(image.read())
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error
