"""Names, short descriptions and the building of models."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.models import build_model, close_model, embedded_adapters, formats_of, parse_model_spec, problems_of
from medgen_pytest.models.copy_input import CopyInput
from medgen_pytest.models.naming import check_name
from medgen_pytest.models.registry import with_more
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.models import ModelContext

CONTEXT = context_of(every_task())


def build_nothing(name: str, settings: Mapping[str, object], context: ModelContext) -> Model:
    raise NotImplementedError(name, settings, context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oracle", ("oracle", "oracle", {})),
        ("copy-input", ("copy-input", "copy-input", {})),
        ("best=oracle", ("best", "oracle", {})),
        ("replay:runs/gpt_vqa.jsonl", ("replay:gpt_vqa", "replay", {"path": "runs/gpt_vqa.jsonl"})),
        ("replay:runs/v1.2", ("replay:v1.2", "replay", {"path": "runs/v1.2"})),
        (r"replay:C:\runs\gpt.jsonl", ("replay:gpt", "replay", {"path": r"C:\runs\gpt.jsonl"})),
        ("replay:a=b.jsonl", ("replay:a=b", "replay", {"path": "a=b.jsonl"})),
        ("replay:.", ("replay", "replay", {"path": "."})),
        ("mine=replay:a=b.jsonl", ("mine", "replay", {"path": "a=b.jsonl"})),
        ("python:repo.infer:Edit.run", ("python:repo.infer:Edit.run", "python", {"target": "repo.infer:Edit.run"})),
        ("editor=python:repo:edit", ("editor", "python", {"target": "repo:edit"})),
    ],
)
def test_a_short_description_gives_name_adapter_and_settings(
    text: str, expected: tuple[str, str, dict[str, object]]
) -> None:
    assert tuple(parse_model_spec(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("orcale", "unknown model adapter 'orcale'; did you mean 'oracle'?"),
        ("", "unknown model adapter ''"),
        ("zzz", f"known: {', '.join(sorted(embedded_adapters()))}"),
        ("x=zzz", "unknown model adapter 'zzz'"),
        ("oracle:now", "the adapter 'oracle' takes nothing after ':'"),
        ("replay", "write replay:PATH"),
        ("replay:", "write replay:PATH"),
        ("python", "write python:TARGET"),
        ("=oracle", "model name '' is empty"),
        ("a|b=oracle", "holds '|'"),
    ],
)
def test_a_wrong_description_says_what_is_wrong_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_model_spec(text)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_adapter_of_a_plugin_is_known_when_it_is_given() -> None:
    assert parse_model_spec("mine=theirs", known=["theirs"]) == ("mine", "theirs", {})


@pytest.mark.parametrize("name", ["gpt-4o", "python:a.b:c", "x" * 100, "Qwen3 VL 235b", "modèle"])
def test_a_printable_name_is_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "x" * 101, "a|b", "a/b", "a\\b", "a[b", "a]b", "a\nb", "a\0b", "\u202e"]
)
def test_a_name_that_would_break_test_ids_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="model name"):
        check_name(name)


@given(st.text())
def test_any_description_is_understood_or_refused(text: str) -> None:
    try:
        spec = parse_model_spec(text)
    except ConfigError:
        return

    assert spec.adapter in embedded_adapters()
    assert check_name(spec.name) == spec.name


def test_an_unknown_adapter_is_refused_with_all_that_are_known() -> None:
    with pytest.raises(ConfigError) as caught:
        build_model("m", adapter="replya", settings={}, context=CONTEXT, adapters=embedded_adapters())

    assert str(caught.value) == (
        "model 'm': unknown adapter 'replya'; did you mean 'replay'?"
        f" (adapters: {', '.join(sorted(embedded_adapters()))})"
    )


def test_a_model_with_a_wrong_name_is_not_built() -> None:
    with pytest.raises(ConfigError, match="holds '/'"):
        build_model("a/b", adapter="oracle", settings={}, context=CONTEXT, adapters=embedded_adapters())


def test_a_factory_of_a_plugin_that_fails_is_one_line() -> None:
    def broken(name: str, settings: Mapping[str, object], context: ModelContext) -> Model:
        raise RuntimeError(f"{name}:\nno {sorted(settings)} for {len(context.sample_ids)}")

    with pytest.raises(ConfigError) as caught:
        build_model("m", adapter="theirs", settings={"a": 1}, context=CONTEXT, adapters={"theirs": broken})

    assert str(caught.value) == "model 'm': the adapter 'theirs' failed: RuntimeError: m: no ['a'] for 16"


def test_what_a_factory_builds_must_be_a_model() -> None:
    def wrong(name: str, settings: Mapping[str, object], context: ModelContext) -> Model:
        assert name == "m", (settings, context)
        return object()  # type: ignore[return-value]  # the mistake under test

    with pytest.raises(ConfigError, match="has no 'identity', so it is no model"):
        build_model("m", adapter="theirs", settings={}, context=CONTEXT, adapters={"theirs": wrong})


def test_errors_of_ours_pass_through_a_factory_unchanged() -> None:
    def refusing(name: str, settings: Mapping[str, object], context: ModelContext) -> Model:
        raise OutputError(f"{name} {settings} {len(context.sample_ids)}")

    with pytest.raises(OutputError):
        build_model("m", adapter="theirs", settings={}, context=CONTEXT, adapters={"theirs": refusing})


def test_a_model_that_says_nothing_answers_every_format_and_knows_no_problem() -> None:
    model = CopyInput()

    assert formats_of(model) == frozenset(Format)
    assert problems_of(model) == []
    close_model(model)


def test_a_model_may_limit_its_formats_know_problems_and_be_closed() -> None:
    class Picky(CopyInput):
        formats = frozenset({Format.VQA})
        closed = False

        def check(self) -> list[str]:
            return ["no weights"]

        def close(self) -> None:
            self.closed = True

    model = Picky()
    close_model(model)

    assert formats_of(model) == {Format.VQA}
    assert problems_of(model) == ["no weights"]
    assert model.closed


def test_adapters_of_a_user_stand_beside_those_of_the_package() -> None:
    adapters = with_more([{"mine": build_nothing}, {}])

    assert adapters["mine"] is build_nothing
    assert set(adapters) == {*embedded_adapters(), "mine"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([{"oracle": print}], "the name 'oracle' is taken"),
        ([{"mine": print}, {"mine": print}], "the name 'mine' is taken"),
        ([{"mine": "inference:answer"}], "the adapter 'mine' is 'inference:answer', which cannot be called"),
        ([["mine"]], "must return a mapping of names to factories, not"),
    ],
)
def test_adapters_that_cannot_work_are_refused(more: list[object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_more(more)


def test_importing_the_table_imports_nothing_heavy() -> None:
    code = (
        "import sys; import medgen_pytest.models;"
        "print(sorted({'cv2', 'pydantic', 'pyarrow', 'torch', 'medgen_pytest.models.replay'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
