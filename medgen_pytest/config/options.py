"""Options: each declared once, for the pytest plugin and for the `medgen` command alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "texts", "names", "whole", "number", "path", "place", "flag", "level"]

_TYPES = {"whole": int, "number": float}


@dataclass(frozen=True)
class Option:
    """An option: its flag, the setting it stands for and its help.

    `key` is the place in `medgen.yaml`, with dots between levels. Kinds: `texts` may be given several
    times; `names` too, and each may hold several names with commas between. `place` is a path, or true or false.
    `level` is a number, true or false; without a value true.
    """

    flag: str
    key: str
    kind: Kind
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None

    @property
    def dest(self) -> str:
        """The attribute that holds the parsed value."""
        return self.flag.lstrip("-").replace("-", "_")

    @property
    def parsing(self) -> dict[str, Any]:
        """How argparse, and pytest's parser after it, are to read it."""
        if self.kind == "flag":
            return {"action": "store_const", "const": True}
        action = "append" if self.kind in {"texts", "names"} else "store"
        reading: dict[str, Any] = {"action": action, "type": _TYPES.get(self.kind, str)}
        if self.kind == "level":
            reading.update(nargs="?", const="true")
        if self.choices:
            return {**reading, "choices": self.choices}
        return {**reading, "metavar": self.metavar or self.kind.upper()}


MODEL_HELP = (
    "a model to evaluate, repeatable: a name of medgen.yaml, oracle, copy-input, classical, replay:PATH, "
    "python:module:attr, or NAME=one of these"
)

OPTIONS: tuple[Option, ...] = (
    Option("--medgen-config", "config", "path", "the settings file (default: medgen.yaml in the root folder)", "FILE"),
    Option("--medgen-dataset", "dataset.path", "path", "the dataset: parquet release, organised tree or prepared view"),
    Option(
        "--medgen-allow-outside-paths",
        "dataset.allow_outside_paths",
        "flag",
        "read images that the dataset names outside its own folder (the authors' prepared view does)",
    ),
    Option("--medgen-formats", "formats", "names", "only these formats, with commas between", "NAMES"),
    Option("--medgen-tasks", "tasks", "names", "only these tasks, with commas between", "NAMES"),
    Option("--medgen-modalities", "modalities", "names", "only these modalities, with commas between", "NAMES"),
    Option("--medgen-subtasks", "subtasks", "names", "only these subtasks, with commas between", "NAMES"),
    Option("--medgen-limit", "limit", "whole", "at most N samples a model, balanced over task and modality", "N"),
    Option(
        "--medgen-shard",
        "shard",
        "text",
        "evaluate the third of eight parts of the run alone, by a hash of the sample ids; medgen merge joins them",
        "3/8",
    ),
    Option("--medgen-repeats", "repeats", "whole", "ask a model N times for each sample (default 1)", "N"),
    Option(
        "--medgen-aggregate",
        "aggregate",
        "text",
        "how repeats become one verdict in rates: the share that is accurate, or accurate if all are, or if any is",
        choices=("mean", "all", "any"),
    ),
    Option("--medgen-profile", "thresholds.profile", "text", "the threshold profile, by name or YAML file", "NAME"),
    Option(
        "--medgen-convention",
        "thresholds.convention",
        "text",
        "compute metrics by their definition (canonical) or as the benchmark's authors do (upstream)",
        choices=("canonical", "upstream"),
    ),
    Option(
        "--medgen-on-size-mismatch",
        "thresholds.on_size_mismatch",
        "text",
        "an output image of another size is resized to the reference, or makes the output invalid",
        choices=("resize", "invalid"),
    ),
    Option("--medgen-threshold", "threshold", "texts", "replace a threshold, repeatable", "METRIC=VALUE"),
    Option(
        "--medgen-metrics",
        "metrics.use",
        "names",
        "the metrics to compute, with commas between: names, or the groups default, paper, judge and all",
        "NAMES",
    ),
    Option(
        "--medgen-missing-metrics",
        "metrics.missing",
        "text",
        "a metric whose package or weights are missing ends the run before it starts, or is left out",
        choices=("refuse", "leave-out"),
    ),
    Option("--medgen-device", "metrics.device", "text", "where networks of metrics run: auto, cpu, cuda, mps", "NAME"),
    Option(
        "--medgen-judge",
        "judge.use",
        "text",
        "the model that judges outputs: a name of medgen.yaml, python:module:attr, or another that --model takes",
        "NAME",
    ),
    Option(
        "--medgen-rubric", "judge.rubric", "text", "what it judges by: medgen-holistic, -clinical, or a file", "NAME"
    ),
    Option(
        "--medgen-judge-repeats", "judge.repeats", "whole", "ask a judge N times about each output (default 1)", "N"
    ),
    Option(
        "--medgen-gate",
        "gates",
        "texts",
        "what a release must reach, repeatable: 'vqa/bleu >= 0.6', 'all/accuracy drop <= 2%% against main.json'",
        "GATE",
    ),
    Option(
        "--medgen-max-error-rate",
        "max_error_rate",
        "number",
        "share of samples that may end in an error before a gated run is inconclusive (default 0)",
        "RATE",
    ),
    Option(
        "--medgen-min-samples",
        "min_samples",
        "whole",
        "judged samples that a gate needs, else it is inconclusive (default 1)",
        "N",
    ),
    Option(
        "--medgen-early-stop",
        "early_stop",
        "level",
        "ask a model no more once its blocking gates are decided, each wrongly in at most this share of runs"
        " (default 0.05; write it with =)",
        "LEVEL",
    ),
    Option("--medgen-timeout", "timeout", "number", "seconds that a model has for one sample (default 300)", "SECONDS"),
    Option(
        "--medgen-window",
        "window",
        "whole",
        "requests that a model may have on their way or waiting for their test (default 16; 1: one by one)",
        "N",
    ),
    Option(
        "--medgen-budget",
        "budget",
        "number",
        "what the run may cost, in the currency of the price tables: requests that might exceed it are not sent",
        "AMOUNT",
    ),
    Option(
        "--medgen-max-consecutive-errors",
        "max_consecutive_errors",
        "whole",
        "a model is asked no more after so many errors in a row (default 20; 0: never)",
        "N",
    ),
    Option("--medgen-run-dir", "run_dir", "path", "the folder of this run (default: a new one in medgen-runs)", "DIR"),
    Option("--medgen-resume", "resume", "path", "continue the run in this folder: only what is missing or errored"),
    Option(
        "--medgen-dry-run",
        "dry_run",
        "flag",
        "say what the run would ask and cost, check keys and endpoints, and run no test (exit code 4: a problem)",
    ),
    Option(
        "--medgen-report-json", "report.json", "path", "where report.json goes (default: the run directory)", "FILE"
    ),
    Option(
        "--medgen-report-junit",
        "report.junit",
        "path",
        "where the aggregated JUnit file goes (default: junit.xml in the run directory)",
        "FILE",
    ),
    Option(
        "--medgen-report-summary",
        "report.summary",
        "path",
        "where the Markdown summary goes (default: summary.md in the run directory)",
        "FILE",
    ),
    Option(
        "--medgen-report-metrics",
        "report.metrics",
        "path",
        "where the OpenMetrics file goes (default: metrics.txt in the run directory)",
        "FILE",
    ),
    Option(
        "--medgen-github",
        "report.github",
        "text",
        "in a job of GitHub, add the summary to that of the step and annotate gates (auto, the default), or not (off)",
        choices=("auto", "off"),
    ),
    Option(
        "--medgen-report-html",
        "report.html",
        "place",
        "the HTML page: true (report.html in the run directory, the default), false (none), or where it goes",
        "FILE",
    ),
    Option(
        "--medgen-report-images",
        "report.images",
        "text",
        "images on the page: hashes only, small ones within it (the default), or whole ones in files beside it",
        choices=("none", "thumbs", "full"),
    ),
    Option(
        "--medgen-progress",
        "progress",
        "number",
        "seconds between progress lines while running (default 10; 0: none)",
        "SECONDS",
    ),
)
