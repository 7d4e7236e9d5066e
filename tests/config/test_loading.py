"""Loading settings: the command line beats the file, which beats the defaults, and every fault says where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.load import RunSettings, load_settings, load_what_holds
from medgen_pytest.config.options import OPTIONS
from medgen_pytest.config.settings import DEFAULT_PROFILE
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Place:
    """A project with a settings file, and the folder inside it in which the command is typed."""

    root: Path

    @property
    def typed_in(self) -> Path:
        return self.root / "deep"

    def load(
        self, text: str | None = None, typed: Mapping[str, object] | None = None, *, models: tuple[str, ...] = ()
    ) -> RunSettings:
        path = self.root / "medgen.yaml"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        return load_settings(
            {f"medgen_{name}": value for name, value in (typed or {}).items()},
            models=models,
            config_path=path if text is not None else None,
            invocation_dir=self.typed_in,
        )

    def message(self, text: str | None = None, typed: Mapping[str, object] | None = None) -> str:
        with pytest.raises(ConfigError) as caught:
            self.load(text, typed)
        return str(caught.value).replace(str(self.root / "medgen.yaml"), "FILE")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "deep").mkdir()
    return Place(tmp_path)


@dataclass(frozen=True)
class Case:
    """One setting: its text in the file, its value on the command line, and what comes of each."""

    file: str
    typed: object
    get: Callable[[RunSettings], object]
    default: object
    from_file: object
    from_command_line: object


# {root} stands for the folder of the settings file, {typed_in} for where the command line was typed.
CASES = {
    "dataset": Case(
        "dataset: {path: a}",
        "b",
        lambda run: run.settings.dataset and run.settings.dataset.path,
        None,
        Path("{root}/a"),
        Path("{typed_in}/b"),
    ),
    "allow_outside_paths": Case(
        file="dataset: {path: a, allow_outside_paths: false}",
        typed=True,
        get=lambda run: run.settings.dataset and run.settings.dataset.allow_outside_paths,
        default=None,
        from_file=False,
        from_command_line=True,
    ),
    "formats": Case(
        "formats: [vqa]",
        ["image-edit", "gen,vqa"],
        lambda run: run.settings.formats,
        (),
        (Format.VQA,),
        (Format.IMAGE_EDITING, Format.MULTIMODAL_GENERATION, Format.VQA),
    ),
    "tasks": Case(
        "tasks: [style-transfer]",
        ["multi-choice, dye-transfer"],
        lambda run: run.settings.tasks,
        (),
        (Task.STYLE_TRANSFER,),
        (Task.MULTIPLE_CHOICE, Task.STYLE_TRANSFER),
    ),
    "modalities": Case(
        "modalities: [CT]", ["x_ray"], lambda run: run.settings.modalities, (), (Modality.CT,), (Modality.X_RAY,)
    ),
    "repeats": Case("repeats: 3", 5, lambda run: run.settings.repeats, 1, 3, 5),
    "aggregate": Case("aggregate: all", "any", lambda run: run.settings.aggregate, "mean", "all", "any"),
    "subtasks": Case(
        "subtasks: [organ]",
        ["side, plane", "organ"],
        lambda run: run.settings.subtasks,
        (),
        ("organ",),
        ("side", "plane", "organ"),
    ),
    "shard": Case("shard: 1/4", "2/4", lambda run: run.settings.shard, None, "1/4", "2/4"),
    "early_stop": Case("early_stop: true", "0.01", lambda run: run.settings.early_stop, None, 0.05, 0.01),
    "limit": Case("limit: 5", 7, lambda run: run.settings.limit, None, 5, 7),
    "profile": Case(
        "thresholds: {profile: medgen-2025.11}",
        "medgen-2026.08",
        lambda run: run.settings.thresholds.profile,
        DEFAULT_PROFILE,
        "medgen-2025.11",
        "medgen-2026.08",
    ),
    "convention": Case(
        "thresholds: {convention: upstream}",
        "canonical",
        lambda run: run.settings.thresholds.convention,
        None,
        "upstream",
        "canonical",
    ),
    "on_size_mismatch": Case(
        "thresholds: {on_size_mismatch: resize}",
        "invalid",
        lambda run: run.settings.thresholds.on_size_mismatch,
        None,
        "resize",
        "invalid",
    ),
    "threshold": Case(
        "thresholds: {ssim: 0.5}",
        ["ssim=0.6", "ssim=0.9"],
        lambda run: run.settings.thresholds.__pydantic_extra__,
        {},
        {"ssim": 0.5},
        {"ssim": 0.9},
    ),
    "metrics": Case(
        "metrics: {use: [default, lpips]}",
        ["ssim, psnr", "paper"],
        lambda run: run.settings.metrics.use,
        ("default",),
        ("default", "lpips"),
        ("ssim", "psnr", "paper"),
    ),
    "missing_metrics": Case(
        "metrics: {missing: leave-out}",
        "refuse",
        lambda run: run.settings.metrics.missing,
        "refuse",
        "leave-out",
        "refuse",
    ),
    "device": Case(
        "metrics: {device: cpu}", "cuda:1", lambda run: run.settings.metrics.device, "auto", "cpu", "cuda:1"
    ),
    "judge": Case(
        "judge: {adapter: python, target: 'a:b', rubric: medgen-clinical}",
        "python:c:d",
        lambda run: run.settings.judge and (run.settings.judge.adapter, run.settings.judge.use),
        None,
        ("python", None),
        (None, "python:c:d"),
    ),
    "rubric": Case(
        "judge: {use: a, rubric: r.yaml}",
        "medgen-clinical",
        lambda run: run.settings.judge and run.settings.judge.rubric,
        None,
        "r.yaml",
        "medgen-clinical",
    ),
    "judge_repeats": Case(
        "judge: {use: a, repeats: 3}", 5, lambda run: run.settings.judge and run.settings.judge.repeats, None, 3, 5
    ),
    "gate": Case(
        "gates: ['vqa/bleu >= 0.5']",
        ["all/bleu >= 0.1", "b"],
        lambda run: run.settings.gates,
        (),
        ("vqa/bleu >= 0.5",),
        ("all/bleu >= 0.1", "b"),
    ),
    "max_error_rate": Case("max_error_rate: 0.5", 0.25, lambda run: run.settings.max_error_rate, 0.0, 0.5, 0.25),
    "min_samples": Case("min_samples: 5", 7, lambda run: run.settings.min_samples, 1, 5, 7),
    "timeout": Case("timeout: 5", 0.5, lambda run: run.settings.timeout, 300.0, 5.0, 0.5),
    "window": Case("window: 5", 7, lambda run: run.settings.window, 16, 5, 7),
    "budget": Case("budget: 5", 7.5, lambda run: run.settings.budget, None, 5.0, 7.5),
    "max_consecutive_errors": Case(
        "max_consecutive_errors: 5", 0, lambda run: run.settings.max_consecutive_errors, 20, 5, 0
    ),
    "run_dir": Case("run_dir: a", "b", lambda run: run.settings.run_dir, None, Path("{root}/a"), Path("{typed_in}/b")),
    "report_json": Case(
        "report: {json: a.json}",
        "b.json",
        lambda run: run.settings.report.json_path,
        None,
        Path("{root}/a.json"),
        Path("{typed_in}/b.json"),
    ),
    "report_junit": Case(
        "report: {junit: a.xml}",
        "../b.xml",
        lambda run: run.settings.report.junit,
        None,
        Path("{root}/a.xml"),
        Path("{typed_in}/../b.xml"),
    ),
    "report_summary": Case(
        "report: {summary: a.md}",
        "b.md",
        lambda run: run.settings.report.summary,
        None,
        Path("{root}/a.md"),
        Path("{typed_in}/b.md"),
    ),
    "report_metrics": Case(
        "report: {metrics: a.txt}",
        "b.txt",
        lambda run: run.settings.report.metrics,
        None,
        Path("{root}/a.txt"),
        Path("{typed_in}/b.txt"),
    ),
    "github": Case("report: {github: 'off'}", "off", lambda run: run.settings.report.github, "auto", "off", "off"),
    "report_html": Case(
        "report: {html: a.html}",
        "../b.html",
        lambda run: run.settings.report.html,
        True,  # noqa: FBT003 - what the setting is
        Path("{root}/a.html"),
        Path("{typed_in}/../b.html"),
    ),
    "report_images": Case(
        "report: {images: none}", "full", lambda run: run.settings.report.images, "thumbs", "none", "full"
    ),
    "progress": Case("progress: 0", 2.5, lambda run: run.settings.progress, 10.0, 0.0, 2.5),
}
ONLY_TYPED = {"config", "resume", "dry_run"}


def placed(expected: object, place: Place) -> object:
    if not isinstance(expected, Path):
        return expected
    return Path(str(expected).format(root=place.root, typed_in=place.typed_in))


def test_every_option_is_in_the_table() -> None:
    names = {option.dest.removeprefix("medgen_") for option in OPTIONS}

    assert names == set(CASES) | ONLY_TYPED


@pytest.mark.parametrize("name", CASES)
def test_a_setting_that_nobody_names_has_its_default(place: Place, name: str) -> None:
    case = CASES[name]

    assert case.get(place.load("")) == case.get(place.load()) == case.default


@pytest.mark.parametrize("name", CASES)
def test_the_file_beats_the_default(place: Place, name: str) -> None:
    case = CASES[name]

    assert case.get(place.load(case.file)) == placed(case.from_file, place)


@pytest.mark.parametrize("name", CASES)
def test_the_command_line_beats_the_file(place: Place, name: str) -> None:
    case = CASES[name]

    assert case.get(place.load(case.file, {name: case.typed})) == placed(case.from_command_line, place)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"allow_outside_paths", "rubric", "judge_repeats"}))
def test_the_command_line_works_without_a_file(place: Place, name: str) -> None:
    case = CASES[name]

    assert case.get(place.load(None, {name: case.typed})) == placed(case.from_command_line, place)


def test_one_key_of_a_section_leaves_its_other_keys(place: Place) -> None:
    run = place.load(
        "dataset: {path: a, max_pixels: 9}\n"
        "thresholds: {ssim: 0.5, psnr: 20, convention: canonical}\n"
        "report: {json: a.json}\n",
        {
            "allow_outside_paths": True,
            "threshold": ["ssim=0.9", "bleu=0.2"],
            "profile": "medgen-2025.11",
            "report_junit": "b.xml",
        },
    )

    assert run.settings.dataset is not None
    assert (run.settings.dataset.path, run.settings.dataset.max_pixels) == (place.root / "a", 9)
    assert run.settings.thresholds.__pydantic_extra__ == {"ssim": 0.9, "psnr": 20, "bleu": 0.2}
    assert run.settings.thresholds.convention == "canonical"
    assert run.settings.report.json_path == place.root / "a.json"


def test_the_short_form_of_the_dataset_can_be_completed_on_the_command_line(place: Place) -> None:
    run = place.load("dataset: a", {"allow_outside_paths": True})

    assert run.settings.dataset is not None
    assert (run.settings.dataset.path, run.settings.dataset.allow_outside_paths) == (place.root / "a", True)


@pytest.mark.parametrize(("text", "wanted"), [("true", True), ("False", False)])
def test_a_page_is_wanted_or_not_on_the_command_line_as_in_the_file(place: Place, text: str, *, wanted: bool) -> None:
    from_file = place.load(f"report: {{html: {text}}}")
    from_command_line = place.load("", {"report_html": text})

    assert from_file.settings.report.html is wanted
    assert from_command_line.settings.report.html is wanted


@pytest.mark.parametrize(("text", "level"), [("true", 0.05), ("false", None), ("0.01", 0.01)])
def test_an_early_stop_has_a_level_or_the_usual_one_or_none(place: Place, text: str, level: float | None) -> None:
    from_file = place.load(f"early_stop: {text}")
    from_command_line = place.load("early_stop: 0.2", {"early_stop": text})

    assert from_file.settings.early_stop == from_command_line.settings.early_stop == level


@pytest.mark.parametrize(
    ("text", "inside"), [("demo", None), ("./demo", "demo"), ("demo/", "demo"), ("a/demo", "a/demo")]
)
def test_the_name_of_the_embedded_dataset_is_no_path_and_a_path_is_no_such_name(
    place: Place, text: str, inside: str | None
) -> None:
    from_file = place.load(f"dataset: {{path: {text}}}").settings.dataset
    from_short_form = place.load(f"dataset: {text}").settings.dataset
    typed = place.load("", {"dataset": text}).settings.dataset

    assert from_file == from_short_form
    assert from_file is not None
    assert from_file.path == (Path("demo") if inside is None else place.root / inside)
    assert typed is not None
    assert typed.path == (Path("demo") if inside is None else place.typed_in / inside)


def test_absolute_paths_stay(place: Place, tmp_path: Path) -> None:
    absolute = tmp_path / "elsewhere"

    run = place.load(f"dataset: {absolute.as_posix()}", {"run_dir": str(absolute)})

    assert run.settings.dataset is not None
    assert run.settings.dataset.path == run.settings.run_dir == absolute


def test_a_profile_file_on_the_command_line_starts_from_where_it_was_typed(place: Place) -> None:
    from_file = place.load("thresholds: {profile: own.yaml}")
    typed = place.load("thresholds: {profile: own.yaml}", {"profile": "mine.yaml"})

    assert (from_file.root, from_file.settings.thresholds.profile) == (place.root, "own.yaml")
    assert typed.settings.thresholds.profile == str(place.typed_in / "mine.yaml")


def test_what_only_the_command_line_says_is_kept_beside_the_settings(place: Place) -> None:
    run = place.load(
        "models: {m: {adapter: oracle}}", {"resume": "runs/a", "config": "medgen.yaml"}, models=("m", "x=oracle")
    )

    assert run.models == ("m", "x=oracle")
    assert run.resume == place.typed_in / "runs" / "a"
    assert (run.root, run.invocation_dir) == (place.root, place.typed_in)
    assert run.config_path == place.root / "medgen.yaml"


def test_without_a_file_everything_starts_from_where_the_command_was_typed(place: Place) -> None:
    assert place.load().root == place.typed_in


def test_models_keep_the_settings_of_their_adapters(place: Place) -> None:
    run = place.load("models:\n  m: {adapter: python, target: 'a:b', kwargs: {x: [1]}}\n")

    model = run.settings.models["m"]
    assert (model.adapter, model.model_extra) == ("python", {"target": "a:b", "kwargs": {"x": [1]}})


@pytest.mark.parametrize("value", ["vqa", "VQA", "Visual Question Answering"])
def test_every_spelling_of_a_format_is_understood(place: Place, value: str) -> None:
    assert place.load(f"formats: [{value}]").settings.formats == (Format.VQA,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limit: 1\ndatset: a\n", "FILE:2: unknown setting 'datset'; did you mean 'dataset'?"),
        (
            "dataset:\n  path: a\n  allow_outside: true\n",
            "FILE:3: unknown setting 'dataset.allow_outside'; did you mean 'dataset.allow_outside_paths'?",
        ),
        ("report:\n  page: a\n", "FILE:2: unknown setting 'report.page'; "),
        ("report:\n  html: 3\n", "FILE:2: setting report.html: true, false or the path of a file is needed"),
        ("report:\n  images: some\n", "FILE:2: setting report.images: input should be 'none', 'thumbs' or 'full'"),
        ("report: {josn: a}\n", "FILE:1: unknown setting 'report.josn'; did you mean 'report.json'?"),
        (
            "resume: runs/a\n",
            "FILE:1: unknown setting 'resume'; known: aggregate, budget, dataset, early_stop, formats, ",
        ),
        ("early_stop: 0\n", "FILE:1: setting early_stop: input should be greater than 0"),
        (
            "early_stop: soon\n",
            "FILE:1: setting early_stop: 'soon' is no level; write it behind =, like ",
        ),
        ("threshold: {ssim: 1}\n", "FILE:1: unknown setting 'threshold'; did you mean 'thresholds'?"),
        ("thresholds:\n  ssim: high\n", "FILE:2: setting thresholds.ssim: a threshold is a number"),
        ("thresholds: {ssim: yes}\n", "FILE:1: setting thresholds.ssim: a number is needed; YAML reads yes"),
        ("thresholds: {profile: 2026.08}\n", "FILE:1: setting thresholds.profile: input should be a valid string"),
        ("thresholds:\n  convention: upsteam\n", "FILE:2: setting thresholds.convention: input should be 'canonical'"),
        ("thresholds: 0.7\n", "FILE:1: setting thresholds: "),
        ("dataset: {max_pixels: 5}\n", "FILE:1: setting dataset.path: field required"),
        ("dataset: {path: a, max_pixels: 0}\n", "FILE:1: setting dataset.max_pixels: input should be greater than 0"),
        ("dataset: 5\n", "FILE:1: setting dataset: "),
        ("models:\n  m:\n    target: a\n", "FILE:2: setting models.m.adapter: field required"),
        ("models:\n  m: {adapter: ''}\n", "FILE:2: setting models.m.adapter: "),
        ("models: [oracle]\n", "FILE:1: setting models: input should be a valid dictionary"),
        ("models: {1: {adapter: oracle}}\n", "FILE:1: setting models.1"),
        ("tasks:\n  - style-transfer\n  - denoising\n", "FILE:3: setting tasks.1: unknown task 'denoising'"),
        ("formats: [video]\n", "FILE:1: setting formats.0: unknown format 'video'; known: image_editing"),
        ("modalities: [PET]\n", "FILE:1: setting modalities.0: unknown modality 'PET'"),
        ("tasks: [5]\n", "FILE:1: setting tasks.0: input should be 'multiple-choice'"),
        ("gates: all/bleu >= 1\n", "FILE:1: setting gates: input should be a list"),
        (
            "gates:\n  - {gate: cost <= 5, tir: advisory}\n",
            "FILE:2: setting gates.0: unknown key 'tir'; did you mean 'tier'?",
        ),
        (
            "gates:\n  - cost <= 5\n  - {gate: cost <= 5, tier: advice}\n",
            "FILE:3: setting gates.1: tier: input should be 'blocking' or 'advisory'",
        ),
        ("gates:\n  - {tier: advisory}\n", "FILE:2: setting gates.0: gate: field required"),
        ("limit: 0\n", "FILE:1: setting limit: input should be greater than 0"),
        ("limit: 1.5\n", "FILE:1: setting limit: input should be a valid integer"),
        ("limit: yes\n", "FILE:1: setting limit: a number is needed; YAML reads yes, no, on and off as"),
        ("min_samples: 0\n", "FILE:1: setting min_samples: input should be greater than or equal to 1"),
        ("max_error_rate: 1.1\n", "FILE:1: setting max_error_rate: input should be less than or equal to 1"),
        ("max_error_rate: .nan\n", "FILE:1: setting max_error_rate: "),
        ("max_error_rate: on\n", "FILE:1: setting max_error_rate: a number is needed"),
        ("timeout: 0\n", "FILE:1: setting timeout: input should be greater than 0"),
        ("timeout: .inf\n", "FILE:1: setting timeout: input should be "),
        ("timeout: 1e9\n", "FILE:1: setting timeout: input should be "),
        ("progress: -1\n", "FILE:1: setting progress: input should be greater than or equal to 0"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line(place: Place, text: str, message: str) -> None:
    said = place.message(text)

    assert said.startswith(message)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"limit": -1}, "--medgen-limit: setting limit: input should be greater than 0"),
        ({"tasks": ["denoising"]}, "--medgen-tasks: setting tasks.0: unknown task 'denoising'"),
        ({"max_error_rate": float("nan")}, "--medgen-max-error-rate: setting max_error_rate: "),
        ({"timeout": float("inf")}, "--medgen-timeout: setting timeout: "),
        ({"threshold": ["ssim"]}, "--medgen-threshold ssim: write METRIC=VALUE, like ssim=0.8"),
        ({"threshold": ["=0.8"]}, "--medgen-threshold =0.8: write METRIC=VALUE"),
        ({"threshold": ["ssim=high"]}, "--medgen-threshold ssim=high: write METRIC=VALUE"),
        ({"tasks": [""]}, "--medgen-tasks names nothing; leave it out for everything"),
        ({"formats": [" , "]}, "--medgen-formats names nothing"),
        ({"allow_outside_paths": True}, "setting dataset.path: field required"),
    ],
)
@pytest.mark.parametrize("text", [None, "limit: 3\ntasks: [style-transfer]\ntimeout: 5\n"])
def test_a_fault_of_the_command_line_is_told_with_its_flag(
    place: Place, text: str | None, values: dict[str, object], message: str
) -> None:
    assert place.message(text, values).startswith(message)


def test_a_section_of_the_file_that_is_none_is_not_hidden_by_the_command_line(place: Place) -> None:
    assert place.message("thresholds: strict\n", {"threshold": ["ssim=0.9"]}).startswith("FILE:1: setting thresholds: ")


def test_settings_cannot_be_changed(place: Place) -> None:
    settings = place.load("limit: 3").settings

    with pytest.raises(ValueError, match="frozen"):
        settings.limit = 5  # type: ignore[misc]  # that it is refused is the point


def test_a_file_that_is_not_there_is_told(place: Place) -> None:
    with pytest.raises(ConfigError, match=re.escape("cannot be read")):
        load_settings({}, models=(), config_path=place.root / "none.yaml", invocation_dir=place.root)


def test_what_is_wrong_in_a_file_is_told_section_by_section_and_the_others_hold(tmp_path: Path) -> None:
    path = tmp_path / "medgen.yaml"
    path.write_text("limit: 3\ngatse: []\ntimeout: -1\nmodels: {m: {adapter: oracle}}\n", encoding="utf-8")

    run, faults = load_what_holds({}, models=(), config_path=path, invocation_dir=tmp_path)

    assert sorted(fault.partition(": ")[0] for fault in faults) == [f"{path}:2", f"{path}:3"]
    assert (run.settings.limit, list(run.settings.models), run.config_path) == (3, ["m"], path)


def test_a_file_that_cannot_be_read_leaves_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "medgen.yaml"
    path.write_text("models: {open\n", encoding="utf-8")

    run, faults = load_what_holds({"medgen_limit": 2}, models=("oracle",), config_path=path, invocation_dir=tmp_path)

    assert len(faults) == 1
    assert (run.settings.limit, run.models, run.config_path) == (2, ("oracle",), None)


def test_what_is_wrong_on_the_command_line_is_no_fault_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "medgen.yaml"
    path.write_text("limit: 3\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="--medgen-limit: "):
        load_what_holds({"medgen_limit": -1}, models=(), config_path=path, invocation_dir=tmp_path)
