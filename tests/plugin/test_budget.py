"""A budget in whole sessions: the server never answers more than it pays for, and a resume goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.fake_server import FakeServer, FakeServerSettings, Fault
from tests.plugin.priced_endpoint import CONFTEST, settings_of
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.plugin.conftest import Bench

WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])
GATE = "--medgen-gate=all/accuracy >= 0"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(FakeServerSettings(latency=0.05)) as started:
        yield started


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.write("conftest.py", CONFTEST)
    return bench


def not_asked(bench: Bench) -> int:
    return sum(record["not_asked"] == "budget" for record in bench.results().values())


@WORKERS
def test_a_budget_is_used_up_and_never_exceeded(bench: Bench, server: FakeServer, workers: str) -> None:
    bench.write("medgen.yaml", settings_of(server.url, more="budget: 0.5"))

    result = bench.run(GATE, workers, "--medgen-progress=0.0001")

    assert server.stats.answered == 5
    assert not_asked(bench) == SAMPLES - 5
    assert result.ret == 10
    line = "budget: 0.5 of 0.5 spent, 3 samples not asked: raise --medgen-budget and go on with --medgen-resume=run"
    result.stdout.fnmatch_lines([line])
    result.stdout.re_match_lines([r"medgen \d/8 samples, .*, cost 0\.[1-5]0*$"])


@WORKERS
def test_a_resume_counts_what_was_spent_and_asks_for_the_rest(bench: Bench, server: FakeServer, workers: str) -> None:
    bench.write("medgen.yaml", settings_of(server.url))
    bench.run("--medgen-budget=0.5", workers)

    bench.pytest("benchmark_tests", "--medgen-budget=0.7", "--medgen-resume=run", GATE, workers)
    assert server.stats.answered == 7
    last = bench.pytest("benchmark_tests", "--medgen-budget=5.00", "--medgen-resume=run", GATE, workers)

    assert server.stats.answered == SAMPLES
    assert server.stats.answered_twice == 0
    assert bench.report()["totals"]["error"] == 0
    assert last.ret == 0
    usage = bench.report()["usage"]
    assert usage["cost"] == pytest.approx(0.1 * SAMPLES)
    assert usage["models"][0]["requests"] == {"total": server.stats.asked, "answers": SAMPLES}
    assert usage["models"][0]["input_tokens"] == {"total": 100 * SAMPLES, "answers": SAMPLES}
    last.stdout.fnmatch_lines([f"priced took: {SAMPLES} requests, {100 * SAMPLES} tokens in, *first try * s (p95)"])
    last.stdout.no_fnmatch_line("*not asked*")


def test_failures_that_are_paid_for_count_and_those_that_are_not_do_not(bench: Bench) -> None:
    faults = (Fault(kind="torn", rate=0.3), Fault(kind="500", rate=0.3))
    with FakeServer(FakeServerSettings(faults=faults, seed=3)) as server:
        bench.write("medgen.yaml", settings_of(server.url, more="budget: 0.6"))
        bench.run("-n0")

        stats = server.stats
        assert stats.answered <= 6
        assert 0 < not_asked(bench) < SAMPLES


@WORKERS
def test_a_model_whose_cost_is_not_known_is_refused_before_the_run(
    bench: Bench, server: FakeServer, workers: str
) -> None:
    bench.write("medgen.yaml", settings_of(server.url).replace("    price: {per_request: 0.1}\n", ""))

    result = bench.run("--medgen-budget=5", workers)

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*model 'priced': its cost is not known, so no budget can be kept: give it a price*"])
    assert server.stats.asked == 0
    assert not (bench.path / "run").exists()


@WORKERS
def test_a_price_of_nothing_is_a_price(bench: Bench, server: FakeServer, workers: str) -> None:
    bench.write("medgen.yaml", settings_of(server.url, price="{}"))

    result = bench.run("--medgen-budget=0", workers)

    assert server.stats.answered == SAMPLES
    assert result.ret in {0, 1}


@WORKERS
def test_a_model_of_ones_own_that_says_what_its_answers_cost_is_stopped_too(bench: Bench, workers: str) -> None:
    bench.write(
        "own.py",
        "from medgen_pytest import ModelOutput, Usage\n"
        "def answer(request):\n"
        "    open('asked', 'a').write('x')\n"
        "    return ModelOutput(text='A', image=request.inputs[0].array(), usage=Usage(cost=0.25))\n",
    )

    result = bench.run("--model=python:own:answer", "--medgen-budget=1", workers)

    asked = len((bench.path / "asked").read_text(encoding="utf-8"))
    # What its answers cost a worker knows from its first one, which may be on its way with the last of the others.
    assert asked in ({4} if workers == "-n0" else {4, 5})
    assert not_asked(bench) == SAMPLES - asked
    line = f"budget: {0.25 * asked:.2f} of 1.00 spent, {SAMPLES - asked} samples not asked: *"
    result.stdout.fnmatch_lines([line])


def test_a_pipeline_with_a_part_of_this_machine_is_counted_by_its_endpoint(bench: Bench, server: FakeServer) -> None:
    bench.write("own.py", "def draw(request):\n    return request.inputs[0].array()\n")
    more = "  p: {adapter: compositional, text: priced, image: 'python:own:draw'}\nformats: [multimodal_generation]"
    bench.write("medgen.yaml", settings_of(server.url, more=more))

    result = bench.run("--model=p", "--medgen-budget=0.15", GATE)

    assert server.stats.answered == 1
    assert not_asked(bench) == 1
    result.stdout.fnmatch_lines(["budget: 0.1 of 0.15 spent, 1 sample not asked: *"])
