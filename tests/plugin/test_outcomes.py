"""What models do wrong, and which outcome each fault has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.plugin.conftest import Bench

Fault = tuple[str, str, Any]
"""The body of a model, the status of its answer, and what the reason says."""

TEXT_FAULTS: Mapping[str, Fault] = {
    "raises": ("raise RuntimeError('boom')", "error", "RuntimeError: boom"),
    "exits": ("raise SystemExit(3)", "error", "SystemExit: 3"),
    "returns nothing": ("return None", "invalid", "the model returned nothing"),
    "returns an empty text": ("return ''", "invalid", "the text is empty"),
    "returns blanks": ("return '  \\n '", "invalid", "the text is empty"),
    "returns a number": ("return 7", "invalid", "int"),
    "returns a lone surrogate": ("return 'A \\udc80'", "invalid", "lone surrogate"),
    "returns control characters": ("return 'A\\x00\\x1b[31m'", "answered", None),
}
IMAGE_FAULTS: Mapping[str, Fault] = {
    "text where an image is due": ("return 'done'", "invalid", "no image where one is due"),
    "NaN": ("import numpy as np\n    return np.full((32, 32, 3), np.nan)", "invalid", "NaN"),
    "blank": ("import numpy as np\n    return np.zeros((32, 32, 3), np.uint8)", "invalid", "the image is blank"),
    "no pixels": ("import numpy as np\n    return np.zeros((0, 32, 3), np.uint8)", "invalid", "pixel"),
    "broken bytes": ("return b'no image'", "invalid", "not an image"),
    "zero bytes": ("return b''", "invalid", "empty"),
    "another shape": ("import numpy as np\n    return np.zeros((32, 32, 5), np.uint8)", "invalid", "(32, 32, 5)"),
}


def run_faults(bench: Bench, faults: Mapping[str, Fault], form: str) -> pytest.RunResult:
    """Runs one sample of a format with a model for each fault, called like the fault."""
    functions = (f"def fault{number}(request):\n    {fault[0]}\n" for number, fault in enumerate(faults.values()))
    bench.write("own.py", "".join(functions))
    models = (f"--model={name}=python:own:fault{number}" for number, name in enumerate(faults))
    return bench.run(*models, f"--medgen-formats={form}", "-k", "000001")


def test_each_fault_of_a_text_has_its_outcome(bench: Bench) -> None:
    result = run_faults(bench, TEXT_FAULTS, "vqa")

    records = {model: record for (model, _), record in bench.results().items()}
    assert {name: record["status"] for name, record in records.items()} == {
        name: status for name, (_, status, _) in TEXT_FAULTS.items()
    }
    for name, (_, _, reason) in TEXT_FAULTS.items():
        assert (reason is None and records[name]["reason"] is None) or reason in records[name]["reason"]
    errors = [name for name, (_, status, _) in TEXT_FAULTS.items() if status == "error"]
    # No such text is the right answer.
    result.assert_outcomes(errors=len(errors), failed=len(TEXT_FAULTS) - len(errors), deselected=3 * len(TEXT_FAULTS))
    for name in TEXT_FAULTS:
        result.stdout.fnmatch_lines([f"{'ERROR' if name in errors else 'FAILED'} *[[]{name}|vqa:*"])
    assert result.ret == 1


def test_each_fault_of_an_image_makes_the_output_invalid(bench: Bench) -> None:
    result = run_faults(bench, IMAGE_FAULTS, "image_editing")

    result.assert_outcomes(failed=len(IMAGE_FAULTS), deselected=len(IMAGE_FAULTS))
    records = {model: record for (model, _), record in bench.results().items()}
    assert records.keys() == IMAGE_FAULTS.keys()
    for name, (_, status, reason) in IMAGE_FAULTS.items():
        assert (records[name]["status"], reason in records[name]["reason"]) == (status, True), name
        assert all(score["value"] is None for score in records[name]["scores"].values() if name != "blank")


def test_an_image_of_another_size_is_resized_and_the_result_says_so(bench: Bench) -> None:
    bench.write("own.py", "def answer(request):\n    return request.inputs[0].pil().resize((16, 20))\n")

    bench.run("--model=python:own:answer", "--medgen-formats=image_editing", "-k", "000001")

    (record,) = bench.results().values()
    assert record["status"] == "answered"
    assert record["output"]["size"] == [16, 20]
    assert any("16x20" in note and "32x32" in note for note in record["scores"]["ssim"]["notes"])


def test_an_image_of_another_size_can_be_made_invalid(bench: Bench) -> None:
    bench.write("own.py", "def answer(request):\n    return request.inputs[0].pil().resize((16, 20))\n")

    bench.run(
        "--model=python:own:answer",
        "--medgen-formats=image_editing",
        "-k",
        "000001",
        "--medgen-on-size-mismatch=invalid",
    )

    (record,) = bench.results().values()
    assert record["status"] == "invalid"
    assert "16x20" in record["reason"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_model_that_hangs_costs_one_sample_its_time_limit(bench: Bench, kind: str) -> None:
    pause = "await asyncio.sleep(60)" if kind == "async def" else "time.sleep(60)"
    bench.write(
        "own.py",
        f"import asyncio, time\n{kind} answer(request):\n"
        f"    if request.sample_id.endswith('000002'):\n        {pause}\n    return 'A'\n",
    )

    result = bench.run("--model=python:own:answer", "--medgen-formats=vqa", "--medgen-timeout=0.5")

    assert result.parseoutcomes()["errors"] == 1
    record = bench.results()["python:own:answer", "vqa:multiple-choice:000002"]
    assert "no answer within 0.5 s" in record["reason"]
    assert len(bench.results()) == 4


def test_an_image_of_the_dataset_that_cannot_be_read_is_an_error_of_its_sample(bench: Bench) -> None:
    (bench.path / "data/ImageEditing/noise-reconstruction/images/0001_target.png").write_bytes(b"broken")

    result = bench.run("--model=oracle", "--model=copy-input", "--medgen-formats=image_editing")

    assert result.parseoutcomes()["errors"] == 2
    record = bench.results()["copy-input", "edit:noise-reconstruction:000002"]
    assert record["status"] == "error"
    assert "0001_target.png" in record["reason"]


def test_errors_and_failures_are_apart_in_the_report(bench: Bench) -> None:
    bench.write(
        "own.py",
        "def answer(request):\n"
        "    number = int(request.sample_id[-1])\n"
        "    if number == 1: raise OSError('down')\n"
        "    if number == 2: return ''\n"
        "    return 'B'\n",
    )

    bench.run("--model=python:own:answer", "--medgen-formats=vqa")

    totals = bench.report()["totals"]
    assert {name: totals[name] for name in ("planned", "judged", "accurate", "inaccurate", "invalid", "error")} == {
        "planned": 4,
        "judged": 3,
        "accurate": 1,
        "inaccurate": 1,
        "invalid": 1,
        "error": 1,
    }
    assert totals["accuracy_rate"] == 1 / 4
    assert totals["accuracy_rate_of_judged"] == 1 / 3
