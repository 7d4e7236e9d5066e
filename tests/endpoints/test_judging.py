"""A judge behind an endpoint in a whole run: asked once for each judgement, counted apart, and judged again beside."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stored_runs import files_of
from tests.endpoints.judges import METRICS, chat_judge, judged_by, judgements_of
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site

    Serve = Callable[..., FakeServer]

QUIET = ("-q", "--tb=no", "-r", "N")


def report(site: Site, run_dir: str = "run") -> dict[str, Any]:
    """The report of a run."""
    document: dict[str, Any] = json.loads((site.path / run_dir / "report.json").read_text(encoding="utf-8"))
    return document


def scores_of(records: Iterable[dict[str, Any]]) -> dict[str, list[float | None]]:
    """The scores of the judge by sample."""
    return {record["sample_id"]: [record["scores"][metric]["value"] for metric in METRICS] for record in records}


@pytest.mark.slow
def test_the_mini_benchmark_is_judged_the_same_with_and_without_workers_and_each_judgement_asked_once(
    site: Site, serve: Serve
) -> None:
    server = serve()
    site.settings(judge=chat_judge(server, api_key_env="OPENAI_API_KEY"))
    asked, tables = [], []

    for workers in ("-n0", "-n2"):
        server.reset()
        done = site.run(workers, "--model=classical", f"--medgen-run-dir=run{workers}", *QUIET)
        tables.append([line for line in done.stdout.splitlines() if "judge_with" in line])
        asked.append((server.stats.judged, server.stats.answered, server.stats.answered_twice))

    alone, together = (site.records(f"run{workers}") for workers in ("-n0", "-n2"))
    assert asked == [(192, 192, 0), (192, 192, 0)]
    assert scores_of(alone) == scores_of(together)
    assert len({score for scores in scores_of(alone).values() for score in scores}) > 100
    for record in (*alone, *together):
        assert [judgement["tier"] for judgement in record["judgements"]] == ["with_reference", "without_reference"]
        for judgement, metric in zip(record["judgements"], METRICS, strict=True):
            said = json.loads(json.loads(judgement["raw"])["choices"][0]["message"]["content"])
            assert record["scores"][metric]["value"] == judgement["overall"] == said["overall"]
            assert (judgement["dimensions"], judgement["analysis"]) == (said["scores"], said["analysis"])
    assert tables[0] == tables[1]
    assert tables[0] == [f"{metric} of classical: 96 of 96 judged, 0 errors, 0 uncertain" for metric in METRICS]
    for workers in ("-n0", "-n2"):
        assert set(METRICS) <= set(report(site, f"run{workers}")["by_metric"])
        junit = (site.path / f"run{workers}" / "junit.xml").read_text(encoding="utf-8")
        assert [junit.count(f"score_{metric}: ") for metric in METRICS] == [96, 96]


def test_malformed_judgements_are_errors_of_the_judge_and_the_samples_stay_answered(
    small_site: Site, serve: Serve
) -> None:
    server = serve(faults=["judge-nan=0.3,always", "judge-no-json=0.4", "judge-fenced=1,always"])
    gates = [f"all/{METRICS[0]} errors <= 10%", f"all/{METRICS[0]} errors <= 90%"]
    small_site.settings(judge=chat_judge(server), gates=gates)

    done = small_site.run("-n2", "--model=oracle", "--medgen-run-dir=run", *QUIET)

    records = small_site.records()
    judgements = judgements_of(records)
    failed = [judgement for judgement in judgements if judgement["overall"] is None]
    faults = Counter(entry.fault for entry in judged_by(server))
    assert min(faults["judge-nan"], faults["judge-no-json"], faults["judge-fenced"]) > 0
    assert Counter(record["status"] for record in records) == {"answered": SAMPLES}
    assert 2 * len(failed) == faults["judge-nan"]
    assert sum(bool(judgement.get("repaired")) for judgement in judgements) == faults["judge-no-json"]
    assert all(judgement["raw"].count("NaN") > 2 and "NaN" in judgement["reason"] for judgement in failed)
    lost = Counter(judgement["tier"] for judgement in failed)
    rows = report(small_site)["judging"]
    assert [row["errors"] for row in rows] == [lost["with_reference"], lost["without_reference"]]
    assert [row["due"] - row["scored"] for row in rows] == [row["errors"] for row in rows]
    assert 0.1 < rows[0]["error_rate"] == lost["with_reference"] / SAMPLES < 0.9
    assert [gate["status"] for gate in report(small_site)["gates"]] == ["breached", "holds"]
    assert done.returncode == 1
    for record in records:
        for judgement, metric in zip(record["judgements"], METRICS, strict=True):
            score = record["scores"][metric]
            assert score["value"] == judgement["overall"]
            assert (score["value"] is None) is bool(score.get("reason"))


def test_another_rubric_and_judge_stand_beside_the_judged_run_and_no_model_is_asked(
    small_site: Site, serve: Serve
) -> None:
    server = serve()
    model = {"adapter": "openai_chat", "base_url": f"{server.url}/v1", "model": "vlm-image", "images_out": True}
    small_site.settings(
        models={"vlm": {**model, "api_key_env": "JUDGE_KEY"}, "other": chat_judge(server, model="other-vlm")},
        judge=chat_judge(server),
    )
    small_site.run("-n2", "--model=vlm", "--medgen-run-dir=run", *QUIET)
    before = files_of(small_site.path / "run")
    server.reset()

    done = small_site.medgen("rejudge", "run", "--judge=other", "--rubric=medgen-clinical", "--name=clinical")

    assert done.returncode in (0, 1), done.stderr
    assert files_of(small_site.path / "run", without="judgings") == before
    assert (server.stats.asked, server.stats.judged, server.stats.answered_twice) == (16, 16, 0)
    assert {entry.content["model"] for entry in judged_by(server) if isinstance(entry.content, dict)} == {"other-vlm"}
    old, new = small_site.records(), small_site.records("run/judgings/clinical")
    assert [record["sample_id"] for record in new] == [record["sample_id"] for record in old]
    for held, added in zip(old, new, strict=True):
        assert "medgen-holistic-" in held["scores"][METRICS[0]]["convention"]
        assert "medgen-clinical-" in added["scores"][METRICS[0]]["convention"]
        assert held["output"] == added["output"]
        assert "anatomical_accuracy" in added["judgements"][0]["dimensions"]
        assert "anatomical_accuracy" not in held["judgements"][0]["dimensions"]
