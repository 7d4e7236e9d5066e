"""The page of the protocol holds: its template answers, its examples are what is sent, its table is complete."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.models.process.messages import problem_of_ready, read_message
from medgen_pytest.models.process.model import build
from medgen_pytest.models.process.settings import ProcessSettings
from tests.docs.pages import ROOT, blocks_of, codes_in, table_of
from tests.models.process.asking import answer, lines
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.process.conftest import Serve

PAGE = ROOT / "docs" / "process-adapter.md"
BLOCKS = blocks_of(PAGE)
TEMPLATE = next(block.text for block in BLOCKS if block.title == "serve.py")
READY, REQUEST = (block.text for block in BLOCKS if block.language == "json")


def test_the_template_is_short_and_answers_every_task(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text(TEMPLATE, encoding="utf-8")
    model = build("m", {"command": [sys.executable, "serve.py"]}, context_of(every_task(), root=tmp_path))

    outputs = [(sample.request(), answer(model, sample.request())) for sample in every_task()]
    model.close()

    assert len([line for line in TEMPLATE.splitlines() if line.strip()]) <= 30
    for request, output in outputs:
        assert output.problem is None
        assert output.text == ("A" if request.format.wants_text else None)
        assert (output.image is not None) == request.format.wants_image
        if output.image is not None:
            np.testing.assert_array_equal(output.image, request.inputs[0].array())


def test_the_template_says_what_went_wrong_and_goes_on(tmp_path: Path) -> None:
    noisy = TEMPLATE.replace("    reply = {}\n", '    print("a library")\n    reply = {}\n')
    lines_in = '{"id": "1"}\n{"id": "2", "wants": ["text"]}\n'

    done = subprocess.run(
        [sys.executable, "-c", noisy], input=lines_in, capture_output=True, text=True, check=True, cwd=tmp_path
    )

    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert said == [{"ready": True}, {"id": "1", "error": "KeyError('wants')"}, {"id": "2", "text": "A"}]
    assert done.stderr.splitlines() == ["a library", "a library"]


def test_the_example_of_the_first_line_is_one() -> None:
    message = read_message(READY.encode())

    assert message is not None
    assert message["ready"] is True
    assert problem_of_ready(message, revision="w-2026-08") is None


@pytest.mark.parametrize("images", ["path", "base64"])
def test_the_example_of_a_request_has_the_keys_that_are_sent(serve: Serve, tmp_path: Path, images: str) -> None:
    source = 'say(ready=True)\nfor request in requests():\n    note("sent", json.dumps(request))\n'
    answer(serve(source + '    say(id=request["id"], text="A")\n', images=images))

    sent = json.loads(lines(tmp_path / "sent")[0])
    shown = json.loads(REQUEST)
    if images == "base64":
        shown["images"] = [shown.pop("image_paths")[0]]
    explained = [key for row in table_of(PAGE, heading="key") for key in codes_in(row["key"])]
    assert list(sent) == list(shown)
    assert set(sent) <= set(explained)


def test_the_table_of_settings_is_complete_and_gives_the_defaults_that_hold() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Settings")[2]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    shown = {codes_in(key)[0]: (codes_in(default) or ["None"])[0] for key, default in rows}

    defaults = json.loads(ProcessSettings(command=("x",)).model_dump_json(exclude={"command"}))
    assert list(shown) == list(ProcessSettings.model_fields)
    for name, default in defaults.items():
        wanted = default if isinstance(default, str) else json.dumps(default)
        assert shown[name].removesuffix(".0") == wanted.removesuffix(".0").replace("null", "None"), name
