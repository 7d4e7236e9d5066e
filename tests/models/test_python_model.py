"""A function, class or object of the user's project is a model."""

from __future__ import annotations

import asyncio
import inspect
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.images import StoredImage
from medgen_pytest.models.python import PythonModel, build
from tests.models.contract import ask
from tests.models.samples import context_of, every_task, make_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Project = Callable[[str, str], Path]

QUESTION = make_sample(Task.QUESTION_ANSWERING).request()


def built(root: Path, target: str, **settings: object) -> PythonModel:
    return build("mine", {"target": target, **settings}, context_of(every_task(), root=root))


def test_a_function_is_asked(project: Project) -> None:
    root = project("m_function", "def answer_it(request):\n    return request.instruction.upper()\n")

    output = ask(built(root, "m_function:answer_it"), QUESTION)

    assert output.text == "WHICH ORGAN IS SHOWN?"


def test_an_asynchronous_function_gives_an_awaitable(project: Project) -> None:
    root = project("m_async", "async def later(request):\n    return 'later'\n")

    value = built(root, "m_async:later").answer(QUESTION)

    assert inspect.isawaitable(value)

    async def wait() -> ModelOutput:
        assert not isinstance(value, ModelOutput)
        return await value

    assert asyncio.run(wait()).text == "later"


def test_what_an_asynchronous_function_returns_is_checked_too(project: Project) -> None:
    root = project("m_async_none", "async def later(request):\n    return None\n")

    with pytest.raises(OutputError, match="the model returned nothing"):
        ask(built(root, "m_async_none:later"), QUESTION)


def test_a_class_is_built_once_with_its_arguments_and_its_method_is_asked(project: Project) -> None:
    source = """
class Editor:
    built = 0
    def __init__(self, *, word):
        Editor.built += 1
        self.word = word
    def answer(self, request):
        return f"{self.word} {Editor.built}"
"""
    model = built(project("m_class", source), "m_class:Editor", kwargs={"word": "hello"})

    assert [ask(model, QUESTION).text, ask(model, QUESTION).text] == ["hello 1", "hello 1"]


def test_an_object_that_can_be_called_is_asked(project: Project) -> None:
    source = "class Callable_:\n    def __call__(self, request):\n        return 'called'\nthing = Callable_()\n"

    assert ask(built(project("m_object", source), "m_object:thing"), QUESTION).text == "called"


def test_a_dotted_attribute_is_found(project: Project) -> None:
    source = "class Box:\n    @staticmethod\n    def inner(request):\n        return 'inner'\n"

    assert ask(built(project("m_dotted", source), "m_dotted:Box.inner"), QUESTION).text == "inner"


def test_a_request_offers_its_images_as_array_and_pil(project: Project) -> None:
    source = "def flip(request):\n    return request.inputs[0].array()[:, ::-1]\n"
    source += "def same(request):\n    return request.inputs[0].pil()\n"
    root = project("m_images", source)
    request = make_sample(Task.CONTRAST_ENHANCEMENT).request()

    pixels = request.inputs[0].array()

    np.testing.assert_array_equal(ask(built(root, "m_images:flip"), request).image, pixels[:, ::-1])
    np.testing.assert_array_equal(ask(built(root, "m_images:same"), request).image, pixels)


def test_several_images_come_as_one_sheet_when_asked_for(project: Project) -> None:
    root = project("m_sheet", "def f(request):\n    return (request.inputs[0].name, request.inputs[0].array())\n")
    several = make_sample(Task.CONTRAST_ENHANCEMENT, images=3).request()
    single = make_sample(Task.CONTRAST_ENHANCEMENT).request()
    model = built(root, "m_sheet:f", contact_sheet=True)

    sheet, alone = ask(model, several), ask(model, single)

    assert sheet.text == "contact sheet of 3 images"
    assert sheet.image is not None
    assert sheet.image.shape[0] > 1000
    assert alone.text == "images/0001_0.png"


def test_an_exception_of_the_function_is_not_swallowed(project: Project) -> None:
    root = project("m_raises", "def f(request):\n    raise ConnectionError('down')\n")

    with pytest.raises(ConnectionError, match="down"):
        ask(built(root, "m_raises:f"), QUESTION)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("", "nowhere_at_all:f", "the module 'nowhere_at_all' cannot be imported: ModuleNotFoundError"),
        ("import no_such_library", "NAME:f", "No module named 'no_such_library'"),
        ("def f(:", "NAME:f", "cannot be imported: SyntaxError"),
        ("raise SystemExit(3)", "NAME:f", "cannot be imported: SystemExit: 3"),
        ("x = 1", "NAME:f", "target 'NAME:f': AttributeError"),
        ("x = 1", "NAME:x", "an object of type int is not callable and has no method 'answer' or 'answer_batch'"),
        ("x = 1", "NAME", "is not MODULE:ATTR, like my_repo.inference:edit"),
        ("x = 1", "NAME:", "is not MODULE:ATTR"),
        ("x = 1", "../NAME:f", "is not MODULE:ATTR"),
        (
            "class C:\n    def __init__(self):\n        raise OSError('no\\nGPU')",
            "NAME:C",
            "cannot be built: OSError: no GPU",
        ),
        ("class C:\n    pass", "NAME:C", "an object of type C is not callable"),
    ],
)
def test_a_target_that_cannot_be_had_is_one_line_before_the_run(
    project: Project, source: str, target: str, message: str
) -> None:
    name = f"m_bad_{abs(hash((source, target)))}"
    root = project(name, source)

    with pytest.raises(ConfigError) as caught:
        built(root, target.replace("NAME", name))

    assert message.replace("NAME", name) in str(caught.value)
    assert str(caught.value).startswith("model 'mine':")
    assert "\n" not in str(caught.value)


def test_arguments_for_a_function_are_refused(project: Project) -> None:
    root = project("m_kwargs", "def f(request):\n    return 'x'\n")

    with pytest.raises(ConfigError, match="'kwargs' are for classes, but 'm_kwargs:f' is no class"):
        built(root, "m_kwargs:f", kwargs={"a": 1})


def test_the_folder_of_the_settings_is_on_the_path_once(project: Project) -> None:
    root = project("m_path", "def f(request):\n    return 'x'\n")

    built(root, "m_path:f")
    built(root, "m_path:f")

    assert sys.path.count(str(root)) == 1


def test_formats_come_from_the_settings_then_the_object_then_are_all(project: Project) -> None:
    source = """
from medgen_pytest.domain.taxonomy import Format
def plain(request): return 'x'
class Own:
    formats = {Format.VQA}
    def answer(self, request): return 'x'
"""
    root = project("m_formats", source)

    assert built(root, "m_formats:plain").formats == frozenset(Format)
    assert built(root, "m_formats:Own").formats == {Format.VQA}
    assert built(root, "m_formats:Own", formats=["image_editing"]).formats == {Format.IMAGE_EDITING}


def test_the_identity_changes_with_source_revision_and_arguments_but_not_with_secrets(project: Project) -> None:
    source = "class C:\n    def __init__(self, **kwargs): pass\n    def answer(self, request): return 'x'\n"
    root = project("m_identity", source)

    def identity(**settings: object) -> object:
        return built(root, "m_identity:C", **settings).identity

    first = identity(kwargs={"seed": 1, "api_key": "one"}, revision="r1")
    same = identity(kwargs={"seed": 1, "api_key": "two"}, revision="r1")
    (root / "m_identity.py").write_text(source + "# new\n", encoding="utf-8")

    assert first == same
    assert identity(kwargs={"seed": 2}, revision="r1") != first
    assert identity(kwargs={"seed": 1, "api_key": "one"}, revision="r2") != first
    assert identity(kwargs={"seed": 1, "api_key": "one"}, revision="r1") != first
    assert "one" not in repr(first)


def test_an_object_adds_its_own_identity_and_problems_and_is_closed(project: Project) -> None:
    source = """
class Own:
    identity = {"weights": "v3", "token": "t"}
    closed = False
    def answer(self, request): return 'x'
    def check(self): return ["no GPU"]
    def close(self): Own.closed = True
    def __init__(self): pass
"""
    model = built(project("m_own", source), "m_own:Own")

    model.close()

    assert model.identity["own"] == {"weights": "v3", "token": "<hidden>"}
    assert model.check() == ["no GPU"]
    assert sys.modules["m_own"].Own.closed


def test_a_sheet_is_made_only_when_its_pixels_are_wanted(project: Project) -> None:
    root = project("m_lazy", "def f(request):\n    return request.inputs[0].name\n")

    def explode() -> bytes:
        raise AssertionError("read")

    request = make_sample(Task.QUESTION_ANSWERING, images=2).request()
    guarded = tuple(StoredImage(image.name, explode) for image in request.inputs)

    output = ask(
        built(root, "m_lazy:f", contact_sheet=True),
        type(request)(sample_id="x", task=request.task, modality=request.modality, instruction="q", inputs=guarded),
    )

    assert output.text == "contact sheet of 2 images"


def test_a_target_of_the_interpreter_itself_has_no_source(tmp_path: Path) -> None:
    model = built(tmp_path, "sys:getsizeof")

    assert model.identity["source"] is None


def test_formats_of_a_wrong_type_are_refused(project: Project) -> None:
    root = project("m_format_type", "def f(request):\n    return 'x'\n")

    with pytest.raises(ConfigError, match="'formats': Input should be a valid"):
        built(root, "m_format_type:f", formats="vqa")
