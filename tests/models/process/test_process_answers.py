"""What a program is asked, and what its replies become."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ModelError
from medgen_pytest.images import decode
from medgen_pytest.models.contract import concurrency_of, is_asynchronous
from tests.models.process.asking import ANSWERING, EDIT, GENERATION, QUESTION, answer, answers, error_of, lines
from tests.models.samples import make_sample, stored

if TYPE_CHECKING:
    from tests.models.process.conftest import Serve

RECORDING = """
say(ready=True)
for request in requests():
    note("requests", json.dumps(request))
    for place, path in enumerate(request.get("image_paths", [])):
        data = open(path, "rb").read()
        open(f"seen-{place}", "wb").write(data)
    say(id=request["id"], text="A")
"""
ECHO = """
say(ready=True)
for request in requests():
    reply = {"id": request["id"]}
    if "text" in request["wants"]:
        reply["text"] = request["instruction"]
    if "image" in request["wants"]:
        reply["image_path"] = request["image_paths"][0]
    say(**reply)
"""


def reply_with(reply: str) -> str:
    """A program that replies with an expression of Python."""
    return f'say(ready=True)\nfor request in requests():\n    say(**{{"id": request["id"], **({reply})}})\n'


def test_a_request_says_what_is_due_and_nothing_of_the_sample_id(serve: Serve, tmp_path: Path) -> None:
    sample = make_sample(Task.MULTIPLE_CHOICE, images=2)

    answer(serve(RECORDING), sample.request())

    (line,) = lines(tmp_path / "requests")
    request = json.loads(line)
    paths, folder = request.pop("image_paths"), request.pop("folder")
    assert request == {
        "id": "1",
        "format": "vqa",
        "task": "multiple-choice",
        "modality": "CT",
        "instruction": sample.instruction,
        "choices": [],
        "repeat": 0,
        "wants": ["text"],
    }
    assert paths == [f"{folder}/image-1.png", f"{folder}/image-2.png"]
    assert sample.sample_id not in line


def test_a_program_is_told_the_schema_of_json_that_is_due(serve: Serve, tmp_path: Path) -> None:
    schema = MappingProxyType(
        {"type": "object", "properties": {"overall": {"type": "number"}}, "required": ("overall",)}
    )
    model = serve(RECORDING)

    answer(model, replace(QUESTION, wants_json=True, json_schema=schema))
    answer(model, QUESTION)

    first, second = [json.loads(line) for line in lines(tmp_path / "requests")]
    assert first["json_schema"] == {**schema, "required": ["overall"]}
    assert "json_schema" not in second


def test_images_arrive_as_the_pixels_of_the_sample(serve: Serve, tmp_path: Path) -> None:
    sample = make_sample(Task.QUESTION_ANSWERING, images=2)

    answer(serve(RECORDING), sample.request())

    for place, source in enumerate(sample.inputs):
        data = (tmp_path / f"seen-{place}").read_bytes()
        np.testing.assert_array_equal(decode(data, name="seen"), source.array())


def test_images_arrive_smaller_and_as_jpeg_where_the_settings_say_so(serve: Serve, tmp_path: Path) -> None:
    answer(serve(RECORDING, image_format="jpeg", max_side=24), EDIT)

    data = (tmp_path / "seen-0").read_bytes()
    assert data.startswith(b"\xff\xd8")
    assert decode(data, name="seen").shape == (20, 24, 3)


def test_images_arrive_in_the_line_where_the_settings_say_so(serve: Serve) -> None:
    model = serve(reply_with('{"image": request["images"][0], "text": str("image_paths" in request)}'), images="base64")

    output = answer(model, EDIT)

    assert output.text == "False"
    np.testing.assert_array_equal(output.image, EDIT.inputs[0].array())


@pytest.mark.parametrize("request_", [QUESTION, EDIT, GENERATION], ids=lambda request: request.format.value)
def test_a_reply_becomes_the_output_that_its_format_wants(serve: Serve, request_: object) -> None:
    asked = next(request for request in (QUESTION, EDIT, GENERATION) if request is request_)

    output = answer(serve(ECHO), asked)

    assert output.text == (asked.instruction if asked.format.wants_text else None)
    if asked.format.wants_image:
        np.testing.assert_array_equal(output.image, asked.inputs[0].array())
    else:
        assert output.image is None
    assert output.problem is None


def test_a_reply_may_hold_a_data_url_reasoning_and_costs(serve: Serve) -> None:
    reply = """{
        "image": "data:image/png;base64," + base64.b64encode(open(request["image_paths"][0], "rb").read()).decode(),
        "reasoning": "because", "raw": "<raw>", "finish_reason": "stop",
        "usage": {"input_tokens": 7, "output_tokens": 9, "images": 1, "cost": 0.25},
    }"""

    output = answer(serve(reply_with(reply)), EDIT)

    assert (output.reasoning, output.raw, output.finish_reason) == ("because", "<raw>", "stop")
    assert output.usage == Usage(input_tokens=7, output_tokens=9, images=1, cost=0.25)
    np.testing.assert_array_equal(output.image, EDIT.inputs[0].array())


def test_the_start_of_a_program_counts_as_waiting_and_not_as_work(serve: Serve) -> None:
    output = answer(serve("time.sleep(1)" + ANSWERING))

    assert output.timing is not None
    assert output.timing.requests == 1
    assert output.timing.waiting >= 1 > output.timing.working
    assert output.seconds == output.timing.working


def test_one_program_answers_every_request_and_no_file_of_a_request_is_left(serve: Serve, tmp_path: Path) -> None:
    model = serve(RECORDING)

    for _ in range(3):
        answer(model)

    folders = [Path(json.loads(line)["folder"]) for line in lines(tmp_path / "requests")]
    assert len(lines(tmp_path / "pids")) == 1
    assert [folder.name for folder in folders] == ["1", "2", "3"]
    assert not any(folder.exists() for folder in folders)
    root = folders[0].parent
    assert root.stat().st_mode & 0o077 == 0
    model.close()
    assert not root.exists()


def test_a_program_may_answer_several_requests_at_once_in_any_order(serve: Serve) -> None:
    model = serve(
        """
say(ready=True)
held = []
for request in requests():
    held.append(request)
    if len(held) == 3:
        for one in reversed(held):
            say(id=int(one["id"]), text=one["task"])
        held = []
""",
        concurrency=3,
    )
    asked = [
        make_sample(task).request() for task in (Task.QUESTION_ANSWERING, Task.BLANK_FILLING, Task.MULTIPLE_CHOICE)
    ]

    outputs = answers(model, *asked)

    assert [output.text for output in outputs if not isinstance(output, BaseException)] == [
        request.task.value for request in asked
    ]


def test_a_program_never_has_more_requests_than_the_settings_say(serve: Serve, tmp_path: Path) -> None:
    model = serve(
        """
import selectors
say(ready=True)
for request in requests():
    time.sleep(0.1)
    waits = selectors.DefaultSelector()
    waits.register(sys.stdin.fileno(), selectors.EVENT_READ)
    note("early", len(waits.select(0)))
    say(id=request["id"], text="A")
"""
    )

    outputs = answers(model, QUESTION, QUESTION, QUESTION)

    assert not any(isinstance(output, BaseException) for output in outputs)
    assert lines(tmp_path / "early") == ["0", "0", "0"]


def test_an_image_file_is_read_before_the_program_may_write_the_next(serve: Serve) -> None:
    model = serve(
        """
import shutil
say(ready=True)
for request in requests():
    shutil.copy(request["image_paths"][0], "out.png")
    say(id=request["id"], image_path="out.png")
"""
    )
    asked = [make_sample(Task.NOISE_RECONSTRUCTION, number).request() for number in range(1, 6)]

    outputs = answers(model, *asked)

    for output, request in zip(outputs, asked, strict=True):
        assert not isinstance(output, BaseException)
        np.testing.assert_array_equal(output.image, request.inputs[0].array())


def test_variables_of_the_settings_are_added_to_those_inherited(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    model = serve(
        reply_with('{"text": " ".join(os.environ[k] for k in ("INHERITED", "CUDA_VISIBLE_DEVICES", "HF_TOKEN"))}'),
        env={"CUDA_VISIBLE_DEVICES": 0, "HF_TOKEN": "hf-secret"},
    )

    assert answer(model).text == "yes 0 hf-secret"


def test_the_program_runs_in_its_folder(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    source = 'say(ready=True)\nfor request in requests():\n    say(id=request["id"], text=os.getcwd())\n'
    model = serve(source, cwd="repo", command=["python3", "../serve.py"])

    assert os.path.realpath(str(answer(model).text)) == str((tmp_path / "repo").resolve())


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ('{"problem": "the safety filter said no"}', "the safety filter said no"),
        ('{"text": ["A"]}', "its 'text' is no text but a list"),
        ('{"text": 3}', "its 'text' is no text but a number"),
        ('{"image": {"path": "x"}}', "its 'image' is no base64 text but an object"),
        ('{"image": "https://example.org/a.png"}', "its 'image' is a URL"),
        ('{"image": "bm90IGFuIGltYWdl"}', "text where an image is due"),
        ('{"image": ""}', "the image is empty"),
        ('{"image_path": "gone.png"}', "its image file 'gone.png' cannot be read: No such file"),
        ('{"image_path": "serve.py"}', "text where an image is due"),
        ('{"image_path": "/etc/passwd"}', "lies neither in the request's folder nor in the program's own"),
        ('{"image_path": "../../../../../../etc/passwd"}', "lies neither in the request's folder"),
        ('{"image_path": 3}', "its 'image_path' is no path of a file"),
        ('{"image_path": "a" * 5000}', "its 'image_path' is no path of a file"),
        ('{"image_path": "a\\0b"}', "its 'image_path' is no path of a file"),
        ('{"image_path": "."}', "Is a directory"),
        ('{"image_path": os.symlink("/etc/passwd", "link.png") or "link.png"}', "lies neither in the request's"),
        ('{"image_path": os.symlink("loop.png", "loop.png") or "loop.png"}', "cannot be read"),
        ('{"image_path": os.mkfifo("pipe.png") or "pipe.png"}', "is no regular file"),
    ],
)
def test_a_reply_that_cannot_be_used_is_the_models_fault(serve: Serve, reply: str, problem: str) -> None:
    output = answer(serve(reply_with(f'{{"usage": {{"images": 1}}, **{reply}}}')), EDIT)

    assert problem in str(output.problem).replace("is a directory", "Is a directory")
    assert "\n" not in str(output.problem)
    assert output.image is None
    assert output.usage == Usage(images=1)


@pytest.mark.parametrize("error", ['"CUDA out of memory"', '{"code": "CUDA out of memory"}'])
def test_a_reply_that_says_error_is_none_of_the_models_and_costs_are_kept(serve: Serve, error: str) -> None:
    model = serve(reply_with(f'{{"error": {error}, "usage": {{"cost": 2}}}}'))

    with pytest.raises(ModelError, match=r"the program says: .*CUDA out of memory") as caught:
        answer(model)

    assert getattr(caught.value.partial, "usage", None) == Usage(cost=2.0)


def test_an_image_that_is_not_wanted_is_not_looked_at(serve: Serve) -> None:
    output = answer(serve(reply_with('{"text": "A", "image_path": "/etc/passwd", "image": "x"}')))

    assert (output.text, output.image, output.problem) == ("A", None, None)


def test_text_with_halves_of_characters_and_nul_is_text(serve: Serve) -> None:
    output = answer(serve(reply_with('{"text": "a\\ud83d\\ude00\\ud800\\x00b"}')))

    assert output.text == "a\U0001f600\ufffd\x00b"


def test_an_empty_reply_is_an_output_without_anything(serve: Serve) -> None:
    output = answer(serve(reply_with("{}")))

    assert (output.text, output.image, output.problem) == (None, None, None)


def test_what_the_settings_say_decides_formats_and_concurrency(serve: Serve) -> None:
    model = serve("", formats=["VQA", "image editing"], concurrency=4)

    assert model.formats == {Format.VQA, Format.IMAGE_EDITING}
    assert (is_asynchronous(model), concurrency_of(model)) == (True, 4)
    assert serve("").formats == set(Format)
    assert concurrency_of(serve("")) == 1


def test_a_model_that_is_closed_is_not_asked(serve: Serve) -> None:
    model = serve(ANSWERING)
    model.close()

    assert error_of(model) == "the run has ended"
    model.close()


def test_a_program_that_reads_slowly_does_not_hold_up_whoever_asks(serve: Serve) -> None:
    model = serve("say(ready=True)\ntime.sleep(1)\n" + ANSWERING, images="base64", concurrency=2)
    noise = np.random.default_rng(0).integers(0, 256, size=(600, 600, 3), dtype=np.uint8)  # more than a pipe holds
    large = replace(QUESTION, inputs=(stored("large", noise),))

    outputs = answers(model, large, QUESTION)

    assert [getattr(output, "text", output) for output in outputs] == ["A", "A"]
