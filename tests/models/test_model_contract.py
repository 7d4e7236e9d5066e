"""Every model of the package passes the common contract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.sample import Sample, Target
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ImageError
from medgen_pytest.fake_server import FakeServer, fake_server_settings
from medgen_pytest.images import StoredImage
from medgen_pytest.models import build_model, close_model, embedded_adapters, formats_of, problems_of
from tests.models.contract import ask, check_answer, check_identity, check_same
from tests.models.samples import TinyDataset, context_of, every_task
from tests.models.wire.asking import ADAPTERS as AT_ENDPOINTS
from tests.models.wire.asking import settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request

ELSEWHERE = {
    "catalog": "tests/models/catalogue",
    "compositional": "tests/models/compositional",
    "diffusers": "tests/learned/local",
    "openai_chat": "tests/models/openai_endpoint",
    "openai_images": "tests/models/openai_endpoint",
    "transformers": "tests/learned/local",
}
"""Adapters that need weights, an endpoint or other models, and where they are tested."""
ADAPTERS = sorted(embedded_adapters().keys() - ELSEWHERE.keys())
ASYNC = "python, asynchronous"
ROOT = Path(__file__).resolve().parents[2]
TASKS = [sample.task for sample in every_task()]
SOURCE = """
def echo(request):
    text = request.instruction if request.format.wants_text else None
    return (text, request.inputs[0].array() if request.format.wants_image else None)

async def later(request):
    return echo(request)
"""
PROGRAM = """
import json, sys

print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    reply = {"id": request["id"], "text": request["instruction"], "image_path": request["image_paths"][0]}
    print(json.dumps(reply), flush=True)
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a server that speaks the protocols of all endpoints."""
    with FakeServer(fake_server_settings({"prediction_output": "object", "max_side": 64})) as server:
        yield server.url


@pytest.fixture(params=[*ADAPTERS, ASYNC])
def model(
    request: pytest.FixtureRequest, recorded: Path, project: Callable[[str, str], Path], endpoint: str
) -> Iterator[Model]:
    """A model of each adapter, for the samples of every task."""
    root = project("contract_target", SOURCE)
    (root / "program.py").write_text(PROGRAM, encoding="utf-8")
    settings: dict[str, dict[str, object]] = {
        "process": {"command": [sys.executable, "program.py"]},
        "python": {"target": "contract_target:echo"},
        "replay": {"path": str(recorded)},
        ASYNC: {"target": "contract_target:later"},
        **{name: settings_for(name, endpoint) for name in AT_ENDPOINTS},
    }
    adapter = "python" if request.param == ASYNC else str(request.param)
    built = build_model(
        "m",
        adapter=adapter,
        settings=settings.get(request.param, {}),
        context=context_of(every_task(), root=root),
        adapters=embedded_adapters(),
    )
    yield built
    close_model(built)


@pytest.mark.parametrize("folder", sorted(set(ELSEWHERE.values())))
def test_adapters_that_need_more_have_tests_of_their_own(folder: str) -> None:
    assert list((ROOT / folder).glob("test_*.py")) != []


def test_identity_is_plain_and_stable(model: Model) -> None:
    check_identity(model)


def test_no_problem_is_known_before_the_run(model: Model) -> None:
    assert problems_of(model) == []


def test_formats_are_all_three_unless_it_can_only_draw(model: Model) -> None:
    drawing = model.identity["adapter"] == "imagen"

    assert formats_of(model) == ({Format.IMAGE_EDITING} if drawing else set(Format))


def request_of(task: object, model: Model) -> Request:
    request = next(sample for sample in every_task() if sample.task is task).request()
    if request.format not in formats_of(model):
        pytest.skip("a format that it is not asked")
    return request


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_an_answer_holds_what_the_format_wants(model: Model, task: object) -> None:
    request = request_of(task, model)

    output = ask(model, request)

    check_answer(output, request)


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_the_same_request_gets_the_same_answer(model: Model, task: object) -> None:
    request = request_of(task, model)

    first, second = ask(model, request), ask(model, request)

    check_same(first, second)


@pytest.mark.parametrize("adapter", ["classical", "copy-input"])
def test_a_model_that_is_no_oracle_never_reads_the_target(adapter: str) -> None:
    def explode() -> bytes:
        raise ImageError("the target was read", name="target")

    guarded = TinyDataset([_with_target(sample, explode) for sample in every_task()])
    model = build_model("m", adapter=adapter, settings={}, context=context_of(guarded), adapters=embedded_adapters())

    for sample in guarded:
        check_answer(ask(model, sample.request()), sample.request())


def _with_target(sample: Sample, reader: Callable[[], bytes]) -> Sample:
    return Sample(
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        instruction=sample.instruction,
        inputs=sample.inputs,
        target=Target(image=StoredImage("target", reader)),
    )
