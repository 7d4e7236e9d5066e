"""Secrets of the settings: in no file of the run and in no message, whatever a model does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.plugin.conftest import Bench

SECRET = "S3CRETVALUE"  # noqa: S105 - no real one
SETTINGS = (
    "dataset: data\nformats: [vqa]\nrun_dir: run\nmodels:\n  m:\n    adapter: python\n    target: own:Model\n"
    "    kwargs:\n      api_key: ${MEDGEN_TEST_KEY}\n"
)
QUIET = """
class Model:
    def __init__(self, api_key, **more):
        self.api_key = api_key
    def answer(self, request):
        return "A"
"""


def _told(bench: Bench, result: pytest.RunResult) -> list[str]:
    """Where the secret stands that should stand nowhere."""
    files = [path for path in (bench.path / "run").rglob("*") if path.is_file()]
    found = [path.name for path in [*files, bench.path / "out.xml"] if path.exists() and SECRET in _text(path)]
    return sorted(found) + ["terminal"] * (SECRET in result.stdout.str() + result.stderr.str())


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_a_key_of_a_model_is_written_nowhere(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGEN_TEST_KEY", SECRET)
    bench.write("own.py", QUIET)
    bench.write(
        "medgen.yaml",
        SETTINGS + f"      headers: {{Authorization: 'Bearer {SECRET}'}}\n      more: [{{password: {SECRET}}}]\n"
        f"      url: 'http://u:{SECRET}@host/x?token={SECRET}'\n",
    )

    result = bench.pytest("benchmark_tests", "--junitxml=out.xml", "-vv", "--tb=long", "--showlocals")

    assert len(bench.results()) == 4
    assert _told(bench, result) == []


def test_a_message_that_quotes_the_key_is_written_without_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGEN_TEST_KEY", SECRET)
    bench.write("own.py", QUIET.replace('return "A"', 'raise RuntimeError(f"401: key {self.api_key} refused")'))
    bench.write("medgen.yaml", SETTINGS)

    result = bench.pytest("benchmark_tests", "--junitxml=out.xml")

    assert result.parseoutcomes()["errors"] == 4
    assert _told(bench, result) == []


def test_a_class_that_refuses_its_key_is_told_without_the_key(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGEN_TEST_KEY", SECRET)
    bench.write("own.py", "class Model:\n    def __init__(self, api_key): raise ValueError(f'bad key {api_key}')\n")
    bench.write("medgen.yaml", SETTINGS)

    result = bench.pytest("benchmark_tests")

    assert result.ret == 4
    assert _told(bench, result) == []


def test_a_key_where_none_belongs_is_refused_without_being_shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGEN_TEST_KEY", SECRET)
    bench.write("medgen.yaml", "dataset: data\nmodels: {m: {adapter: oracle, api_key: '${MEDGEN_TEST_KEY}'}}\n")

    result = bench.pytest("benchmark_tests")

    assert result.ret == 4
    result.stdout.fnmatch_lines(["*unknown key 'api_key'*"])
    assert _told(bench, result) == []
