"""Settings: what a run is told to do, typed and checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from medgen_pytest.config.gate_entry import GateText, gate_entry_schema
from medgen_pytest.domain.judgement import TIERS, Tier
from medgen_pytest.domain.planned import Aggregation
from medgen_pytest.domain.shard import Shard
from medgen_pytest.domain.system_kind import SystemKind
from medgen_pytest.domain.taxonomy import Format, Modality, Task, parse_format, parse_modality, parse_task
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_PROFILE = "medgen-2026.08"
EMBEDDED_DATASET = "demo"
"""The name of the embedded dataset. It is no path: a folder of that name is `./demo`."""


USUAL_LEVEL = 0.05
"""How often a gate may be decided wrongly, where somebody wants to stop early and says no more."""
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_LONGEST = 1_000_000.0
"""Seconds, about eleven days: what every platform can wait for."""
_LARGEST = 1_000_000_000.0
"""The largest budget that is counted to the billionth."""


def _parsed(value: object, parse: Callable[[str], object]) -> object:
    try:
        return parse(value) if isinstance(value, str) else value
    except ConfigError as error:
        raise ValueError(str(error)) from error  # so that pydantic tells where it stands


def _format(value: object) -> object:
    return _parsed(value, parse_format)


def _task(value: object) -> object:
    return _parsed(value, parse_task)


def _modality(value: object) -> object:
    return _parsed(value, parse_modality)


def _shard(value: object) -> object:
    return str(_parsed(value, Shard.parse)) if isinstance(value, str) else value


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number is needed; YAML reads yes, no, on and off as true and false")  # noqa: TRY004 - what pydantic takes
    return value


def _level(value: object) -> object:
    """The level that early stop is at: that of `true` is the usual one, `false` is none."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower(), value)
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise ValueError(f"{value!r} is no level; write it behind =, like --medgen-early-stop=0.05")
    if value is True:
        return USUAL_LEVEL
    return None if value is False else value


def _dataset(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _judge(value: object) -> object:
    return {"use": value} if isinstance(value, str) else value


def _page(value: object) -> object:
    if not isinstance(value, bool | str | Path):
        raise ValueError("true, false or the path of a file is needed")  # noqa: TRY004 - what pydantic takes
    return value


Whole = Annotated[int, BeforeValidator(_number)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetSettings(_Section):
    """Where the dataset lies and what it may refer to."""

    path: Path = Field(description="The folder of the dataset, its layout is detected; demo: the embedded one.")
    allow_outside_paths: bool = Field(
        default=False, description="Read images that the dataset names outside its own folder."
    )
    max_pixels: Whole = Field(default=64_000_000, gt=0, description="Images with more pixels are refused.")
    cluster_by: str | None = Field(
        default=None,
        min_length=1,
        description="A field of the records, like patient_id: samples that say the same there belong together.",
    )


class ModelSettings(BaseModel):
    """A model: the adapter that reaches it, and the settings of that adapter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: str = Field(min_length=1, description="How the model is reached: replay, python, ...")
    kind: SystemKind | None = Field(
        default=None, description="How tables call it; unset: by the catalogue, the adapter and what it answers."
    )


class ThresholdSettings(BaseModel):
    """Which thresholds hold: a profile, and values of one's own by metric."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[float, BeforeValidator(_number)]]

    profile: str = Field(default=DEFAULT_PROFILE, description="A bundled profile or the path of a YAML file.")
    convention: Literal["canonical", "upstream"] | None = Field(
        default=None, description="Overrides the convention of the profile."
    )
    on_size_mismatch: Literal["resize", "invalid"] | None = Field(
        default=None, description="Overrides what the profile does with an output image of another size."
    )


def _own_settings(value: object) -> object:
    # A slip in a key of this section looks like the settings of a metric, which is a mapping.
    if not isinstance(value, dict):
        raise ValueError("no such setting; the settings of a metric are a mapping")  # noqa: TRY004 - what pydantic takes
    return value


class MetricSettings(BaseModel):
    """Which metrics are computed and how; any other key holds the settings of the metric of that name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[dict[str, object], BeforeValidator(_own_settings)]]

    use: tuple[str, ...] = Field(
        default=("default",),
        min_length=1,
        description="Metrics and groups (default, paper, judge, all); what profile and gates need is added.",
    )
    missing: Literal["refuse", "leave-out"] = Field(
        default="refuse",
        description="A metric whose package or weights are missing ends the run before it starts, or is left out.",
    )
    device: str = Field(default="auto", min_length=1, description="Where networks run: auto, cpu, cuda, cuda:N, mps.")
    half_precision: bool = Field(default=False, description="Networks compute in half precision on a GPU.")
    batch_size: Whole = Field(default=16, ge=1, le=4096, description="Pairs that go through a network at once.")
    cache_mb: Whole = Field(default=256, ge=0, description="Mebibytes that each network may remember of references.")
    threads: Whole = Field(
        default=0, ge=0, le=1024, description="Threads of a network on the CPU; 0 shares the cores among the workers."
    )
    torch_home: Path | None = Field(
        default=None, description="Where torch hub keeps weights, if not where TORCH_HOME says."
    )
    hub_cache: Path | None = Field(
        default=None, description="The cache of the Hugging Face hub, if not where HF_HUB_CACHE or HF_HOME says."
    )

    @property
    def options(self) -> dict[str, dict[str, object]]:
        """Each metric's own settings, by its name."""
        return dict(self.__pydantic_extra__ or {})


Combination = Literal["mean", "median", "majority"]
"""How several scores of one output become one; `majority`: the highest that more than half of them reach."""


class JudgeSettings(BaseModel):
    """Who judges outputs, by which rubric, and how often; any other key is a setting of the judge's adapter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: str | None = Field(default=None, min_length=1, description="How the judge is reached, as for a model.")
    use: str | None = Field(
        default=None, min_length=1, description="A model of `models:`, or one as --model describes it, as the judge."
    )
    panel: dict[str, ModelSettings | str] = Field(
        default_factory=dict, description="Several judges by name, in place of one: settings of a model, or `use`."
    )
    rubric: str = Field(
        default="medgen-holistic", min_length=1, description="medgen-holistic, medgen-clinical, or a YAML file."
    )
    tiers: tuple[Tier, ...] = Field(
        default=TIERS, min_length=1, description="With the reference, without it, or both (the default)."
    )
    repeats: Whole = Field(default=1, ge=1, le=25, description="How often a judge is asked about each output.")
    combine: Combination = Field(default="mean", description="How the repeats of one judge become its score.")
    rule: Combination = Field(default="mean", description="How the scores of a panel become one.")
    margin: Number = Field(default=0.0, ge=0, description="A score nearer to its threshold than this is uncertain.")
    swap: bool = Field(
        default=False, description="Ask with reference and output in both orders; twice as many requests."
    )
    timeout: Number = Field(default=120.0, gt=0, le=_LONGEST, description="Seconds that a judge has for one judgement.")

    @model_validator(mode="after")
    def _names_a_judge(self) -> JudgeSettings:
        named = [key for key in ("adapter", "use", "panel") if getattr(self, key)]
        if not named:
            raise ValueError("no judge is named: give `adapter`, `use` or `panel`, or --medgen-judge")
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)} both name a judge: give one of them")
        if self.model_extra and not self.adapter:
            raise ValueError(f"no such setting: {', '.join(sorted(self.model_extra))}")
        if len(set(self.tiers)) != len(self.tiers):
            raise ValueError("a tier stands in `tiers` twice")
        return self


class ReportSettings(_Section):
    """Where the reports go, if not into the run directory, and what the page shows."""

    json_path: Path | None = Field(default=None, alias="json", description="Where report.json goes.")
    junit: Path | None = Field(default=None, description="Where the aggregated JUnit file goes.")
    summary: Path | None = Field(default=None, description="Where the Markdown summary goes.")
    metrics: Path | None = Field(default=None, description="Where the OpenMetrics file goes.")
    github: Literal["auto", "off"] = Field(
        default="auto", description="In a job of GitHub, whether its summary and annotations tell of the run."
    )
    html: Annotated[bool | Path, BeforeValidator(_page)] = Field(
        default=True, description="Whether an HTML page is written; the path of a file: there."
    )
    images: Literal["none", "thumbs", "full"] = Field(
        default="thumbs",
        description="Images on the page: their hashes alone, small ones within it, or whole ones in files beside it.",
    )

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are named."""
        named = (self.json_path, self.junit, self.summary, self.metrics, self.html)
        return tuple(path for path in named if isinstance(path, Path))


class Settings(_Section):
    """Everything a run is told; the same keys stand in `medgen.yaml`."""

    dataset: Annotated[DatasetSettings | None, BeforeValidator(_dataset)] = Field(
        default=None, description="The dataset: its path, or path and options."
    )
    models: dict[str, ModelSettings] = Field(default_factory=dict, description="Models by name.")
    formats: tuple[Annotated[Format, BeforeValidator(_format)], ...] = Field(
        default=(), description="Only these formats."
    )
    tasks: tuple[Annotated[Task, BeforeValidator(_task)], ...] = Field(default=(), description="Only these tasks.")
    modalities: tuple[Annotated[Modality, BeforeValidator(_modality)], ...] = Field(
        default=(), description="Only these modalities."
    )
    subtasks: tuple[str, ...] = Field(default=(), description="Only these subtasks, as the dataset labels them.")
    limit: Annotated[int, Field(gt=0), BeforeValidator(_number)] | None = Field(
        default=None, description="At most so many samples a model, balanced."
    )
    shard: Annotated[str | None, BeforeValidator(_shard)] = Field(
        default=None, description="Only this part of the run: INDEX/COUNT, like 3/8."
    )
    repeats: Whole = Field(default=1, ge=1, le=100, description="How often a model is asked for each sample.")
    aggregate: Aggregation = Field(
        default="mean", description="How repeats become one verdict: the share that is accurate, or all, or any."
    )
    thresholds: ThresholdSettings = Field(default_factory=ThresholdSettings, description="Profile and thresholds.")
    metrics: MetricSettings = Field(
        default_factory=MetricSettings, description="Which metrics are computed, where, and their own settings."
    )
    judge: Annotated[JudgeSettings | None, BeforeValidator(_judge)] = Field(
        default=None, description="Who judges outputs: a model's name, or its adapter and settings."
    )
    gates: tuple[GateText, ...] = Field(default=(), description="What a release must reach; decides the exit code.")
    max_error_rate: Number = Field(default=0.0, ge=0, le=1, description="Errors that a gated run may have.")
    min_samples: Whole = Field(default=1, ge=1, description="Judged samples that a gate needs.")
    early_stop: Annotated[
        Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] | None, BeforeValidator(_level)
    ] = Field(
        default=None, description="End a model's run once its blocking gates are decided at this level; true: 0.05."
    )
    timeout: Number = Field(default=300.0, gt=0, le=_LONGEST, description="Seconds that a model has for one sample.")
    window: Whole = Field(default=16, ge=1, le=4096, description="Samples of a model that may be on their way.")
    budget: Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False), BeforeValidator(_number)] | None = Field(
        default=None, description="What the run may cost, in the currency of the price tables; unset: anything."
    )
    max_consecutive_errors: Whole = Field(
        default=20, ge=0, description="A model is asked no more after so many errors in a row; 0: never."
    )
    run_dir: Path | None = Field(default=None, description="The folder of the run; a new one in medgen-runs if unset.")
    report: ReportSettings = Field(default_factory=ReportSettings, description="Where the reports go.")
    progress: Number = Field(default=10.0, ge=0, description="Seconds between progress lines; 0 for none.")


def settings_schema() -> dict[str, object]:
    """The JSON Schema of `medgen.yaml`."""
    schema = Settings.model_json_schema(by_alias=True)
    # The short forms `dataset: PATH`, `judge: NAME` and `early_stop: true`, which validators take and pydantic's schema
    # does not know.
    for name in ("dataset", "judge"):
        schema["properties"][name]["anyOf"].insert(0, {"type": "string"})
    schema["properties"]["early_stop"]["anyOf"].insert(0, {"type": "boolean"})
    schema["properties"]["gates"]["items"] = gate_entry_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "medgen.yaml, the settings of medgen-pytest",
        **{key: value for key, value in schema.items() if key != "title"},
    }
