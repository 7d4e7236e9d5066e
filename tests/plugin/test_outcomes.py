"""What models do wrong, and which outcome each fault has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

TEXT_FAULTS = {
    "raises": ("raise RuntimeError('boom')", "error", "RuntimeError: boom"),
    "exits": ("raise SystemExit(3)", "error", "SystemExit: 3"),
    "returns nothing": ("return None", "invalid", "the model returned nothing"),
    "returns an empty text": ("return ''", "invalid", "the text is empty"),
    "returns blanks": ("return '  \\n '", "invalid", "the text is empty"),
    "returns a number": ("return 7", "invalid", "int"),
    "returns a lone surrogate": ("return 'A \\udc80'", "invalid", "lone surrogate"),
    "returns control characters": ("return 'A\\x00\\x1b[31m'", "answered", None),
}
IMAGE_FAULTS = {
    "text where an image is due": ("return 'done'", "invalid", "no image where one is due"),
    "NaN": ("import numpy as np\n    return np.full((32, 32, 3), np.nan)", "invalid", "NaN"),
    "blank": ("import numpy as np\n    return np.zeros((32, 32, 3), np.uint8)", "invalid", "the image is blank"),
    "no pixels": ("import numpy as np\n    return np.zeros((0, 32, 3), np.uint8)", "invalid", "pixel"),
    "broken bytes": ("return b'no image'", "invalid", "not an image"),
    "zero bytes": ("return b''", "invalid", "empty"),
    "another shape": ("import numpy as np\n    return np.zeros((32, 32, 5), np.uint8)", "invalid", "(32, 32, 5)"),
}


@pytest.mark.parametrize("fault", TEXT_FAULTS)
def test_a_fault_of_a_text_has_its_outcome(bench: Bench, fault: str) -> None:
    body, status, reason = TEXT_FAULTS[fault]
    bench.write("own.py", f"def answer(request):\n    {body}\n")

    result = bench.run("--model=python:own:answer", "--medgen-formats=vqa", "-k", "000001")

    (record,) = bench.results().values()
    assert record["status"] == status
    assert (reason is None and record["reason"] is None) or reason in record["reason"]
    counts = result.parseoutcomes()
    assert counts.get("errors", 0) == (1 if status == "error" else 0)
    assert result.ret == 1  # no such text is the right answer


@pytest.mark.parametrize("fault", IMAGE_FAULTS)
def test_a_fault_of_an_image_makes_the_output_invalid(bench: Bench, fault: str) -> None:
    body, status, reason = IMAGE_FAULTS[fault]
    bench.write("own.py", f"def answer(request):\n    {body}\n")

    result = bench.run("--model=python:own:answer", "--medgen-formats=image_editing", "-k", "000001")

    result.assert_outcomes(failed=1, deselected=1)
    (record,) = bench.results().values()
    assert (record["status"], reason in record["reason"]) == (status, True)
    assert all(score["value"] is None for score in record["scores"].values() if fault != "blank")


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
