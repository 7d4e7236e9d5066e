"""The settings that are written: what was answered stands there whatever it holds, and every line works."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.cli.starter.answer_text import printable
from medgen_pytest.cli.starter.model_answer import Access
from medgen_pytest.cli.starter.rendering import groovy_text, yaml_text
from medgen_pytest.config.load import load_settings
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.models import embedded_adapters
from medgen_pytest.runs.prepare import prepare_run
from tests.cli.starter.made import EVERYTHING, URL, VARIANTS, texts_of
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.config.load import RunSettings

HOSTILE = (
    "my models/data",
    "C:\\Users\\me\\new data",
    'it\'s "quoted"',
    "#no: comment, [no] {list} & *alias !tag |>%@`",
    "- no list",
    "yes",
    "1.5",
    "2026-11-30",
    "~",
    "=",
    "<<",
    "null: ",
    "Röntgen 骨 \N{GRINNING FACE}",
    "[= answers =] [% if %] {{ x }}",
    "a" * 90,
)
_SETTING = re.compile(r"^( *)#(?=\S)", re.MULTILINE)


def usable(text: str) -> bool:
    """Whether a text may be an answer at all."""
    try:
        printable(text, what="")
    except ConfigError:
        return False
    return True


def load(folder: Path, text: str) -> RunSettings:
    """The settings that a text makes as a file in a folder."""
    path = folder / "medgen.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings({}, models=[], config_path=path, invocation_dir=folder)


@given(st.text(min_size=1, max_size=40).map(str.strip).filter(usable))
def test_any_text_stays_that_text_in_yaml_as_a_key_and_a_value_of_either_style(text: str) -> None:
    shown = yaml_text(text)

    assert "\n" not in shown
    assert yaml.safe_load(f"outer:\n  {shown}: {shown}\n") == {"outer": {text: text}}
    assert yaml.safe_load(f"- {shown}\n- {{a: {shown}, {shown}: 1}}\n- [{shown}]\n")[:1] == [text]


@given(st.text(max_size=40).filter(str.isprintable))
def test_any_text_stays_that_text_in_groovy(text: str) -> None:
    shown = groovy_text(text)

    assert re.fullmatch(r"'(?:[^'\\]|\\\\|\\')*'", shown)
    assert re.sub(r"\\(.)", r"\1", shown[1:-1]) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers_stand_in_the_settings_as_they_were_given(tmp_path: Path, text: str) -> None:
    name = re.sub(r"[|/\\\[\]=]", "", text).strip() or "none"
    told = {
        "dataset": text,
        "model": f"{name}={text}",
        "access": Access(base_url=URL),
        "judge": f"judge={text}",
        "judge_access": Access(base_url=URL),
    }

    data = yaml.safe_load(texts_of(**told)["medgen.yaml"])
    run = load(tmp_path, texts_of(**told)["medgen.yaml"])

    assert data["dataset"]["path"] == text.strip()
    assert {name: model["model"] for name, model in data["models"].items()} == {name: text.strip()}
    assert data["judge"]["model"] == text.strip()
    assert list(run.settings.models) == [name]


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_was_answered_is_what_a_run_is_told(tmp_path: Path, variant: str) -> None:
    told = VARIANTS[variant]

    settings = load(tmp_path, texts_of(**told)["medgen.yaml"]).settings

    dataset = str(told.get("dataset", "demo"))
    assert settings.dataset is not None
    assert settings.dataset.path.name == dataset.rpartition("/")[2]
    assert len(settings.models) == 1
    assert settings.gates == (
        {"gates": ("all/accuracy >= 5%",), **told}["gates"] if told.get("gates") != ("none",) else ()
    )
    assert (settings.judge is not None) == ("judge" in told)


def commented(text: str) -> list[re.Match[str]]:
    """The settings of a text that are commented out."""
    return list(_SETTING.finditer(text))


def uncommented(text: str, matches: list[re.Match[str]]) -> str:
    """The text with some of them in force."""
    starts = {match.end() - 1 for match in matches}
    return "".join(char for index, char in enumerate(text) if index not in starts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_line_that_is_commented_out_is_valid_alone_and_with_all_others(tmp_path: Path, variant: str) -> None:
    text = texts_of(**VARIANTS[variant])["medgen.yaml"]
    lines = commented(text)

    plain = load(tmp_path, text).settings
    alone = [load(tmp_path, uncommented(text, [line])).settings for line in lines]
    together = load(tmp_path, uncommented(text, lines)).settings

    assert len(lines) > 20
    # Each of them changes something, or spells out a default: most do the former.
    assert sum(settings == plain for settings in alone) <= 2
    assert all(parse_gate(gate) for settings in (*alone, together) for gate in settings.gates)
    assert len(together.models) > 1


def test_a_run_can_be_prepared_with_each_of_these_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VLM_KEY", "JUDGE_KEY"):
        monkeypatch.setenv(name, "some-key-of-a-test")
    (tmp_path / "inference.py").write_text("def answer(request):\n    return 'A'\n", encoding="utf-8")
    write_small_dataset(tmp_path / "data")
    text = texts_of(dataset="data")["medgen.yaml"]
    lines = commented(text)

    for chosen in ([], *([line] for line in lines)):
        run = load(tmp_path, uncommented(text, chosen))
        prepared = prepare_run(run, adapters=embedded_adapters())

        assert prepared.planned()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_dry_run_asks_nobody_but_the_fake_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    monkeypatch.setenv("MEDGEN_FAKE_SERVER", "http://127.0.0.1:40123")

    settings = load(tmp_path, texts_of(**VARIANTS[variant])["medgen.dry-run.yaml"]).settings

    described: list[Any] = [*settings.models.values(), *([settings.judge] if settings.judge else [])]
    assert {str(model.model_extra["base_url"]).rpartition("/")[0] for model in described} == {"http://127.0.0.1:40123"}
    assert not [model for model in described if "api_key_env" in model.model_extra]
    assert (settings.judge is not None) == ("judge" in VARIANTS[variant])


def test_the_test_is_three_lines_of_python() -> None:
    text = texts_of()["benchmark_tests/test_medgen.py"]

    compile(text, "test_medgen.py", "exec")
    assert text.count("\n") == 3


def test_without_ci_there_are_settings_and_a_test_and_nothing_else() -> None:
    assert list(texts_of(services="none")) == ["benchmark_tests/test_medgen.py", "medgen.yaml"]
    assert "github" not in "".join(texts_of(services="jenkins"))


@pytest.mark.parametrize("text", [text for text in HOSTILE if not text.startswith("-")])
def test_a_hostile_requirement_is_one_word_of_the_shell_in_every_file(text: str) -> None:
    texts = texts_of(requirement=text)

    workflow = yaml.safe_load(texts[".github/workflows/medgen.yml"])
    runs = [step["run"] for step in workflow["jobs"]["shard"]["steps"] if step.get("name") == "Install"]
    lines = yaml.safe_load(texts[".gitlab/medgen.gitlab-ci.yml"])[".medgen"]["before_script"]
    wanted = ["pip", "install", text.strip()]
    assert shlex.split(runs[0]) == shlex.split(lines[0]) == wanted
    assert f"sh {groovy_text(shlex.join(wanted))}" in texts["medgen.Jenkinsfile"]


def test_no_key_is_ever_written_but_the_name_of_its_variable() -> None:
    texts = texts_of(**EVERYTHING)

    assert "VLM_KEY: ${{ secrets.VLM_KEY }}" in texts[".github/workflows/medgen.yml"]
    assert "JUDGE_KEY = credentials('JUDGE_KEY')" in texts["medgen.Jenkinsfile"]
    assert "VLM_KEY, JUDGE_KEY" in texts[".gitlab/medgen.gitlab-ci.yml"]
    assert "VLM_KEY" not in texts["medgen.dry-run.yaml"]
