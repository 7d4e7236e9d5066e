"""The dry run: what the run would take and what is wrong, with nothing asked and nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.fake_server import FakeServer, FakeServerSettings
from tests.plugin.priced_endpoint import CONFTEST, settings_of
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.plugin.conftest import Bench

WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])
MORE = "  own: {adapter: python, target: 'own:answer'}\n  copy: {adapter: copy-input}\nbudget: 5"
PRICE = "{per_request: 0.1, input_per_million: 100, per_image: 0.25}"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(FakeServerSettings()) as started:
        yield started


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.write("conftest.py", CONFTEST)
    return bench


def files(bench: Bench) -> set[str]:
    of_pytester = {"stdout", "stderr"}
    return {path.name for path in bench.path.iterdir() if "runpytest" not in path.name} - of_pytester


@WORKERS
def test_it_says_what_each_model_would_take_and_asks_and_writes_nothing(
    bench: Bench, server: FakeServer, workers: str
) -> None:
    bench.write("medgen.yaml", settings_of(server.url, price=PRICE, more=MORE))
    bench.write("own.py", "def answer(request): raise SystemError('never')\n")
    before = files(bench)

    result = bench.run("--medgen-dry-run", workers)

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "model * samples * requests * images sent * images made * tokens in * tokens out * cost",
            f"copy * {SAMPLES} * 0 * 0 * 0 * 0 * 0 * 0.00",
            f"own * {SAMPLES} * unknown * unknown * unknown * unknown * unknown * unknown",
            f"priced * {SAMPLES} * {SAMPLES} * {SAMPLES} * 4 * 800 * 80 * 1.88",
            "budget: 5.00, 0.00 spent; not known whether this fits: the cost of own is unknown",
            "medgen: dry run: no problem found; nothing asked, nothing written",
        ]
    )
    assert server.stats.asked == 0
    assert files(bench) - before <= {"__pycache__"}


@WORKERS
def test_a_resume_counts_what_is_missing_and_what_was_spent(bench: Bench, server: FakeServer, workers: str) -> None:
    bench.write("medgen.yaml", settings_of(server.url))
    bench.run("--medgen-budget=0.3")

    result = bench.pytest("benchmark_tests", "--medgen-dry-run", "--medgen-budget=1", "--medgen-resume=run", workers)

    result.stdout.fnmatch_lines(
        [
            "model * samples * finished * requests *",
            "priced * 5 * 3 * 5 * 0.5",
            "budget: 1.00, 0.3 spent; at most 0.5 more, which fits",
        ]
    )
    assert len(list((bench.path / "run").glob("plan-*.jsonl"))) == 1


def test_it_says_what_judging_would_take_and_tries_the_judges_as_it_tries_models(
    bench: Bench, server: FakeServer
) -> None:
    with FakeServer(FakeServerSettings()) as gone:
        address = gone.url
    judge = f"""
judge:
  panel:
    here: {{adapter: priced, base_url: "{server.url}/v1", price: {PRICE}}}
    away: {{adapter: priced, base_url: "{address}/v1", price: {{per_request: 0.01}}}}
    free: {{adapter: priced, base_url: "{server.url}/v1"}}
  repeats: 2
  swap: true
budget: 50
"""
    bench.write("medgen.yaml", settings_of(server.url, more=judge))

    result = bench.run("--medgen-dry-run")

    assert result.ret == 4
    questions = 2 * 3 * SAMPLES
    result.stdout.fnmatch_lines(
        [
            f"priced * {SAMPLES} * {SAMPLES} *",
            "judge * outputs * requests * images sent * images made * tokens in * tokens out * cost",
            f"away * {SAMPLES} * {questions} * 0 * {100 * questions} * {10 * questions} * 0.48",
            f"free * {SAMPLES} * {questions} * unknown",
            f"here * {SAMPLES} * {questions} * 5.28",
            "judging: with reference and without reference, 2 times each, in both orders, rubric medgen-holistic@1",
            "budget: 50.00, 0.00 spent; not known whether this fits: the cost of judge free is unknown",
            "budget: what judging takes of it is unknown",
            "problem: judge 'free': its cost is not known, so no budget can be kept: give it a price*",
            "problem: judge 'away': EndpointError: * cannot be reached: *",
            "medgen: dry run: 2 problems; nothing asked",
        ]
    )
    assert server.stats.asked == 0


def test_what_is_deselected_is_not_counted(bench: Bench, server: FakeServer) -> None:
    bench.write("medgen.yaml", settings_of(server.url))

    result = bench.run("--medgen-dry-run", "-k", "vqa")

    result.stdout.fnmatch_lines(["priced * 4 * 4 *"])


def test_every_problem_is_a_line_and_the_exit_code_is_4(bench: Bench) -> None:
    with FakeServer(FakeServerSettings()) as server:
        url = server.url
    more = f"  second:\n    adapter: priced\n    base_url: {url}/v1\nbudget: 1"
    bench.write("medgen.yaml", settings_of(url, more=more))

    result = bench.run("--medgen-dry-run")

    assert result.ret == 4
    result.stdout.fnmatch_lines(
        [
            "problem: model 'second': its cost is not known, so no budget can be kept: give it a price*",
            "problem: model 'priced': EndpointError: * cannot be reached: *",
            "problem: model 'second': EndpointError: * cannot be reached: *",
            "medgen: dry run: 3 problems; nothing asked",
        ]
    )
    assert not (bench.path / "run").exists()


def test_a_wrong_key_is_a_problem_and_is_not_shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_KEY", "wrong-secret-value")
    with FakeServer(FakeServerSettings.model_validate({"key": "right"})) as server:
        bench.write("medgen.yaml", settings_of(server.url).replace("    price", "    api_key_env: FAKE_KEY\n    price"))

        result = bench.run("--medgen-dry-run")

    assert result.ret == 4
    result.stdout.fnmatch_lines(["problem: model 'priced': * answered with HTTP 401"])
    assert "wrong-secret-value" not in result.stdout.str() + result.stderr.str()


@WORKERS
def test_a_missing_key_is_a_problem(bench: Bench, server: FakeServer, workers: str) -> None:
    bench.write("medgen.yaml", settings_of(server.url).replace("    price", "    api_key_env: NO_SUCH_KEY\n    price"))

    result = bench.run("--medgen-dry-run", workers)

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*NO_SUCH_KEY (api_key_env) is not set*"])


def test_a_file_that_cannot_be_collected_is_a_problem(bench: Bench) -> None:
    bench.write("benchmark_tests/test_broken.py", "import nowhere\n")

    result = bench.run("--medgen-dry-run", "--model=oracle")

    assert result.ret == 4


def test_a_gate_does_not_make_a_dry_run_incomplete(bench: Bench) -> None:
    result = bench.run("--medgen-dry-run", "--model=oracle", "--medgen-gate=all/accuracy >= 0.5")

    assert result.ret == 0
