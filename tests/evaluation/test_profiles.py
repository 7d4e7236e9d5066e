"""Threshold profiles: bundled ones, one's own, and values replaced on the command line."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from medgen_pytest.domain.taxonomy import Format, Task, tasks_of
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.profile import (
    Profile,
    bundled_profiles,
    check_threshold,
    load_profile,
    profile_from_dict,
)
from medgen_pytest.metrics.registry import METRICS

OWN = """\
name: clinic
source: our validation study
convention: canonical
on_size_mismatch: invalid
thresholds: {ssim: 0.85, psnr: 30, bleu: 0.2, token_f1: 0.5, exact_match: 1}
required:
  image_editing: [ssim]
  multimodal_generation: [ssim, token_f1]
  vqa: [token_f1]
  blank-filling: [exact_match, token_f1]
"""


def _own(tmp_path: Path, text: str = OWN) -> Profile:
    (tmp_path / "clinic.yaml").write_text(text, encoding="utf-8")
    return load_profile("clinic.yaml", root=tmp_path)


def test_two_profiles_are_bundled() -> None:
    assert bundled_profiles() == ("medgen-2025.11", "medgen-2026.08")


# A change of a digest makes runs under the profile incomparable with earlier ones: give the profile a new name.
@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("medgen-2025.11", "4bc00b1eb18fe73f9e0ec936afb2231c53241b774f49f8e8650dbcb23ec8d79c"),
        ("medgen-2026.08", "4d47193202c6347721d703e5cb73700ad9a2f5935398d47933d2576c5747a036"),
    ],
)
def test_the_digest_of_a_bundled_profile_is_the_committed_one(name: str, digest: str) -> None:
    assert load_profile(name, root=Path()).digest == digest


NEWER = {"embedding_similarity": 0.7, "hallucination_rate": 0.1, "omission_rate": 0.1, "factual_precision": 0.9}


@pytest.mark.parametrize(
    ("name", "others"), [("medgen-2025.11", {"ssim": 0.1}), ("medgen-2026.08", {"ssim": 0.7, **NEWER})]
)
def test_a_bundled_profile_holds_the_thresholds_of_its_scripts(name: str, others: dict[str, float]) -> None:
    profile = load_profile(name, root=Path())

    assert (profile.name, profile.convention, profile.on_size_mismatch) == (name, "upstream", "resize")
    both = {"psnr": 28.0, "lpips": 0.6, "bleu": 0.09, "bertscore": 0.9, "exact_match": 1.0}
    judged = {"judge_with_reference": 8.0, "judge_without_reference": 8.0}
    assert profile.thresholds == both | judged | others


@pytest.mark.parametrize("name", bundled_profiles())
def test_a_bundled_profile_requires_for_each_task_what_its_format_measures(name: str) -> None:
    profile = load_profile(name, root=Path())

    found = {task: profile.required_for(task) for task in Task}

    assert {found[task] for task in tasks_of(Format.IMAGE_EDITING)} == {("ssim", "psnr")}
    assert {found[task] for task in tasks_of(Format.MULTIMODAL_GENERATION)} == {("ssim", "psnr", "bleu")}
    assert found[Task.MULTIPLE_CHOICE] == found[Task.BLANK_FILLING] == ("exact_match",)
    assert found[Task.REPORT_GENERATION] == found[Task.QUESTION_ANSWERING] == ("bleu",)


def test_an_own_profile_is_read_from_its_file(tmp_path: Path) -> None:
    profile = _own(tmp_path)

    assert (profile.name, profile.convention, profile.on_size_mismatch) == ("clinic", "canonical", "invalid")
    assert profile.thresholds["psnr"] == 30.0
    assert profile.required_for(Task.BLANK_FILLING) == ("exact_match", "token_f1")
    assert profile.required_for(Task.MULTIPLE_CHOICE) == ("token_f1",)


def test_an_own_profile_may_lie_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yml"
    path.write_text(OWN, encoding="utf-8")

    assert load_profile(str(path), root=Path("elsewhere")).name == "clinic"


def test_a_metric_named_twice_is_required_once(tmp_path: Path) -> None:
    profile = _own(tmp_path, OWN.replace("image_editing: [ssim]", "image_editing: [ssim, ssim]"))

    assert profile.required_for(Task.STYLE_TRANSFER) == ("ssim",)


def test_a_profile_survives_json(tmp_path: Path) -> None:
    profile = _own(tmp_path)

    loaded = profile_from_dict(json.loads(json.dumps(profile.to_dict(), allow_nan=False)))

    assert loaded == profile
    assert loaded.digest == profile.digest


def test_the_order_in_a_file_does_not_change_the_digest(tmp_path: Path) -> None:
    reordered = OWN.replace("{ssim: 0.85, psnr: 30,", "{psnr: 30.0, ssim: 0.85,")

    assert _own(tmp_path, reordered).digest == _own(tmp_path).digest


def test_the_name_and_the_source_do_not_change_the_digest(tmp_path: Path) -> None:
    renamed = OWN.replace("name: clinic", "name: hospital").replace("source: our validation study\n", "")

    assert _own(tmp_path, renamed).digest == _own(tmp_path).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ssim: 0.85", "ssim: 0.86"),
        ("canonical", "upstream"),
        ("on_size_mismatch: invalid", "on_size_mismatch: resize"),
        ("vqa: [token_f1]", "vqa: [bleu]"),
    ],
)
def test_whatever_can_change_a_verdict_changes_the_digest(tmp_path: Path, old: str, new: str) -> None:
    assert old in OWN

    assert _own(tmp_path, OWN.replace(old, new)).digest != _own(tmp_path).digest


BAD_FILES = [
    (
        "an unknown key",
        ("thresholds:", "treshold: 1\nthresholds:"),
        "unknown key 'treshold'; did you mean 'thresholds'?",
    ),
    ("no name", ("name: clinic\n", ""), "name: field required"),
    ("an empty name", ("name: clinic", "name: ''"), "name: string should have at least 1 character"),
    ("a name that is a number", ("name: clinic", "name: 2026"), "name: input should be a valid string"),
    (
        "an unknown convention",
        ("canonical", "canonic"),
        "convention: input should be 'canonical' or 'upstream'",
    ),
    (
        "an unknown way with sizes",
        ("invalid", "crop"),
        "on_size_mismatch: input should be 'resize' or 'invalid'",
    ),
    ("a threshold that is yes", ("ssim: 0.85", "ssim: yes"), "thresholds.ssim: input should be a valid number"),
    ("a threshold in quotes", ("ssim: 0.85", "ssim: '0.85'"), "thresholds.ssim: input should be a valid number"),
    (
        "a threshold out of range",
        ("ssim: 0.85", "ssim: 85"),
        "threshold ssim=85.0 is out of range; ssim runs from -1 to 1",
    ),
    ("a threshold that is no number", ("ssim: 0.85", "ssim: .nan"), "threshold ssim=nan is not a finite number"),
    ("an infinite threshold", ("psnr: 30", "psnr: .inf"), "threshold psnr=inf is not a finite number"),
    ("an unknown metric", ("ssim: 0.85", "sssim: 0.85"), "unknown metric 'sssim'; did you mean 'ssim'?"),
    ("no thresholds", ("thresholds: {", "threshold: {"), "thresholds: field required"),
    (
        "an unknown task",
        ("blank-filling", "blank-fillings"),
        "unknown format or task 'blank-fillings'; did you mean 'blank-filling'?",
    ),
    (
        "a required metric without threshold",
        ("psnr: 30, bleu: 0.2, token_f1: 0.5, ", "psnr: 30, "),
        "required metric 'token_f1' of multimodal_generation has no threshold",
    ),
    (
        "a required metric that does not apply",
        ("vqa: [token_f1]", "vqa: [ssim]"),
        "metric ssim does not apply to task multiple-choice",
    ),
    (
        "a required metric that applies to some tasks only",
        ("vqa: [token_f1]", "vqa: [exact_match]"),
        "metric exact_match does not apply to task report-generation",
    ),
    (
        "a format without required metrics",
        ("  vqa: [token_f1]\n", ""),
        "no required metrics for task multiple-choice (nor its format vqa)",
    ),
    (
        "an empty list of required metrics",
        ("vqa: [token_f1]", "vqa: []"),
        "required.vqa: list should have at least 1 item after validation, not 0",
    ),
    (
        "an empty list for a task of a format that has one",
        ("blank-filling: [exact_match, token_f1]", "blank-filling: []"),
        "required.blank-filling: list should have at least 1 item after validation, not 0",
    ),
]


@pytest.mark.parametrize(("change", "message"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES])
def test_a_faulty_profile_is_refused_with_file_and_reason(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert change[0] in OWN

    with pytest.raises(ConfigError) as caught:
        _own(tmp_path, OWN.replace(*change))

    assert str(caught.value) == f"profile {tmp_path / 'clinic.yaml'}: {message}"


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "name: !!python/name:os.system",
        "name: [unclosed",
        "name: a: b",
        "- a list",
        "just a text",
        "name: clinic\nname: other\n",
        "{? [a, b] : c}",
        "\x00",
    ],
)
def test_hostile_yaml_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _own(tmp_path, text)

    assert str(caught.value).startswith("profile clinic.yaml: ")
    assert "clinic.yaml" in str(caught.value)


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"clinic\.yaml: name: field required"):
        _own(tmp_path, "")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clinic.yaml").write_bytes(b"\xff\xfe\x00name")

    with pytest.raises(ConfigError, match="not UTF-8"):
        load_profile("clinic.yaml", root=tmp_path)


def test_a_file_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"profile clinic\.yaml: .*cannot be read"):
        load_profile("clinic.yaml", root=tmp_path)


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError) as caught:
        load_profile("medgen-2026.8", root=Path())

    assert str(caught.value) == (
        "unknown profile 'medgen-2026.8'; did you mean 'medgen-2026.08'?; or give the path of a .yaml file"
    )


def test_an_override_replaces_values_and_says_so_in_the_name() -> None:
    profile = load_profile("medgen-2026.08", root=Path())

    changed = profile.override(thresholds={"ssim": 0.8, "token_f1": 1}, on_size_mismatch="invalid")

    assert changed.name == "medgen-2026.08 (changed)"
    assert changed.thresholds == {**profile.thresholds, "ssim": 0.8, "token_f1": 1.0}
    assert (changed.on_size_mismatch, changed.convention) == ("invalid", "upstream")
    assert changed.digest != profile.digest
    assert changed.required == profile.required


def test_an_override_that_changes_nothing_is_the_same_profile() -> None:
    profile = load_profile("medgen-2026.08", root=Path())

    assert profile.override(thresholds={"exact_match": 1}, convention="upstream") == profile


def test_an_override_of_an_override_is_marked_once_and_stays_readable() -> None:
    profile = profile_from_dict({**load_profile("medgen-2026.08", root=Path()).to_dict(), "name": "n" * 100})

    changed = profile.override(thresholds={"ssim": 0.8}).override(thresholds={"ssim": 0.9})

    assert changed.name.count("(changed)") == 1
    assert profile_from_dict(changed.to_dict()) == changed


def test_a_task_can_need_more_metrics_than_the_profile_asks_for() -> None:
    profile = load_profile("medgen-2026.08", root=Path())

    stricter = profile.require(Task.MULTIPLE_CHOICE, ("bleu", "exact_match"))

    assert stricter.required_for(Task.MULTIPLE_CHOICE) == ("exact_match", "bleu")
    assert stricter.required_for(Task.BLANK_FILLING) == ("exact_match",)
    assert stricter.digest != profile.digest


@pytest.mark.parametrize(
    ("metric", "value", "message"),
    [
        ("ssmi", 0.5, "unknown metric 'ssmi'; did you mean 'ssim'?"),
        ("ssim", 1.01, "threshold ssim=1.01 is out of range; ssim runs from -1 to 1"),
        ("bleu", -0.1, "threshold bleu=-0.1 is out of range; bleu runs from 0 to 1"),
        ("psnr", -1, "threshold psnr=-1 is out of range; psnr runs from 0 to inf"),
        ("psnr", math.inf, "threshold psnr=inf is not a finite number"),
        ("ssim", math.nan, "threshold ssim=nan is not a finite number"),
    ],
)
def test_an_override_out_of_range_is_refused(metric: str, value: float, message: str) -> None:
    profile = load_profile("medgen-2026.08", root=Path())

    with pytest.raises(ConfigError) as caught:
        profile.override(thresholds={metric: value})

    assert str(caught.value) == message


@pytest.mark.parametrize("metric", METRICS)
def test_a_threshold_may_be_the_end_of_a_range(metric: str) -> None:
    spec = METRICS[metric]

    for bound in (spec.low, spec.high):
        if math.isfinite(bound):
            check_threshold(metric, bound)


@pytest.mark.parametrize("data", [{}, {"name": "x"}, {"name": "x", "thresholds": [], "required": {}}])
def test_a_stored_profile_that_is_damaged_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="profile stored profile: "):
        profile_from_dict(data)


def test_a_profile_is_frozen() -> None:
    profile = load_profile("medgen-2026.08", root=Path())

    with pytest.raises(FrozenInstanceError):
        profile.name = "other"  # type: ignore[misc]  # the test is that this is refused
