"""Gates as text: what is understood, and what is refused with which words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gate import SYNTAX, check_gates, parse_gate
from medgen_pytest.metrics.registry import METRICS
from tests.evaluation.records import PROFILE, plan

GOOD = [
    ("all/accuracy >= 0.6", (), "accuracy", ">=", 0.6),
    ("vqa/bleu>=0.09", (("format", "vqa"),), "bleu", ">=", 0.09),
    ("  vqa  /  bleu  >=  .5  ", (("format", "vqa"),), "bleu", ">=", 0.5),
    ("ImageEditing/ssim >= 80%", (("format", "image_editing"),), "ssim", ">=", 0.8),
    ("gen/psnr >= 33.3 %", (("format", "multimodal_generation"),), "psnr", ">=", 0.333),
    ("Image Editing/ssim > 0", (("format", "image_editing"),), "ssim", ">", 0.0),
    ("noise_reconstruction/ssim >= 1", (("task", "noise-reconstruction"),), "ssim", ">=", 1.0),
    ("organ-removal/bleu >= 1.", (("task", "organic-removal"),), "bleu", ">=", 1.0),
    ("multi-choice/exact_match < 0.5", (("task", "multiple-choice"),), "exact_match", "<", 0.5),
    ("all[modality=CT]/accuracy >= 0.6", (("modality", "CT"),), "accuracy", ">=", 0.6),
    ("all[modality=x_ray]/accuracy <= 0.6", (("modality", "X-Ray"),), "accuracy", "<=", 0.6),
    ("all[modality=Clinical Photo]/accuracy >= 1", (("modality", "Clinical Photography"),), "accuracy", ">=", 1.0),
    ("all [ modality = CT ] / accuracy >= 0.6", (("modality", "CT"),), "accuracy", ">=", 0.6),
    (
        "edit[modality=MRI,subtask=Gaussian noise]/ssim >= 0.6",
        (("format", "image_editing"), ("modality", "MRI"), ("subtask", "Gaussian noise")),
        "ssim",
        ">=",
        0.6,
    ),
    (
        "all[model=org/my-vlm:7b, task=style_transfer, format=edit]/ssim >= 0.6",
        (("model", "org/my-vlm:7b"), ("task", "style-transfer"), ("format", "image_editing")),
        "ssim",
        ">=",
        0.6,
    ),
    ("all[subtask=x2 >= x4 = x8]/ssim >= 0.6", (("subtask", "x2 >= x4 = x8"),), "ssim", ">=", 0.6),
    (
        'all[subtask="Noise, Gaussian [5%]", modality="CT"]/ssim >= 0.6',
        (("subtask", "Noise, Gaussian [5%]"), ("modality", "CT")),
        "ssim",
        ">=",
        0.6,
    ),
]


@pytest.mark.parametrize(("text", "where", "metric", "sign", "bound"), GOOD, ids=[case[0] for case in GOOD])
def test_a_gate_is_understood(text: str, where: object, metric: str, sign: str, bound: float) -> None:
    gate = parse_gate(text)

    assert (gate.where, gate.metric, gate.sign, gate.bound) == (where, metric, sign, bound)


@pytest.mark.parametrize(
    ("text", "metric", "sign", "bound"),
    [
        ("all/judge_with_reference errors <= 0.01", "judge_with_reference", "<=", 0.01),
        ("vqa/accuracy errors<=1%", "accuracy", "<=", 0.01),
        ("  vqa [modality=CT] / bleu   errors  <  .5 ", "bleu", "<", 0.5),
        ("edit/ssim\nerrors <= 33.3 %", "ssim", "<=", 0.333),
        ("all/ssim errors >= 0", "ssim", ">=", 0.0),
    ],
)
def test_a_gate_on_errors_is_understood(text: str, metric: str, sign: str, bound: float) -> None:
    gate = parse_gate(text)

    assert gate.of_errors
    assert (gate.metric, gate.sign, gate.bound) == (metric, sign, bound)
    assert gate.text == " ".join(text.split())
    assert not parse_gate(text.replace("errors", "")).of_errors


@pytest.mark.parametrize("metric", ["judge_with_reference", "judge_without_reference"])
def test_a_gate_on_a_judge_looks_at_every_task(metric: str) -> None:
    assert parse_gate(f"all/{metric} errors <= 0").tasks == frozenset(Task)


NO_GATES = [
    "",
    "   ",
    "vqa",
    "vqa/bleu",
    "vqa >= 0.5",
    "/bleu >= 0.5",
    "vqa/ >= 0.5",
    "vqa/bleu >= ",
    "vqa/bleu = 0.5",
    "vqa/bleu == 0.5",
    "vqa/bleu => 0.5",
    "vqa/bleu >= -0.1",
    "vqa/bleu >= 1e-1",
    "vqa/bleu >= nan",
    "vqa/bleu >= 0,5",
    "vqa/bleu >= 0.5%%",
    "vqa/bleu >= 0.5 or 1",
    "vqa/bleu/ssim >= 0.5",
    "vqa[modality=CT/bleu >= 0.5",
    "vqa modality=CT]/bleu >= 0.5",
    "vqa[modality=CT][task=x]/bleu >= 0.5",
    "[modality=CT]/bleu >= 0.5",
    'vqa[subtask="open]/bleu >= 0.5',
    "all/accuracy drop <= 0.02",
    "all/errors",
    "all/ssimerrors 0.5",
    "all/ssim error <= 0.5",
    "all/ssim errors errors <= 0.5",
    "all/ssim errors 0.5",
]


@pytest.mark.parametrize("text", NO_GATES)
def test_a_text_of_another_shape_is_refused_with_the_syntax(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_gate(text)

    assert str(caught.value) == f"gate {text!r} is not understood; write {SYNTAX}"


BAD = [
    ("vqa/blue >= 0.5", "unknown metric 'blue'; did you mean 'bleu'?"),
    ("vqa/acuracy >= 0.5", "unknown metric 'acuracy'; did you mean 'accuracy'?"),
    ("image_editting/xyz >= 0.5", f"unknown metric 'xyz'; known: {', '.join(sorted([*METRICS, ACCURACY]))}"),
    ("style-transfers/ssim >= 0.5", "unknown slice 'style-transfers'; did you mean 'style-transfer'?"),
    ("al/ssim >= 0.5", "unknown slice 'al'; did you mean 'all'?"),
    ("all[modality=PTE]/ssim >= 0.5", None),
    ("all[modality=Ultrasond]/ssim >= 0.5", "unknown modality 'Ultrasond'; did you mean 'Ultrasound'?"),
    ("all[task=style-tranfer]/ssim >= 0.5", "unknown task 'style-tranfer'; did you mean 'style-transfer'?"),
    ("all[format=image_editin]/ssim >= 0.5", "unknown format 'image_editin'; did you mean 'image_editing'?"),
    ("all[modalty=CT]/ssim >= 0.5", "unknown condition 'modalty'; did you mean 'modality'?"),
    ("all[CT]/ssim >= 0.5", "condition 'CT' is not NAME=VALUE"),
    ("all[]/ssim >= 0.5", "condition '' is not NAME=VALUE"),
    ("all[ ]/ssim >= 0.5", "condition '' is not NAME=VALUE"),
    ("all[modality=]/ssim >= 0.5", "condition 'modality=' is not NAME=VALUE"),
    ("all[=CT]/ssim >= 0.5", "condition '=CT' is not NAME=VALUE"),
    ("all[modality=CT,]/ssim >= 0.5", "condition 'modality=CT,' is not NAME=VALUE"),
    ("all[modality=CT,,task=x]/ssim >= 0.5", None),
    ("all/ssim >= 1.5", "an accuracy rate runs from 0 to 1 (or 0% to 100%), not 1.5"),
    ("all/ssim errors <= 60", "an error rate runs from 0 to 1 (or 0% to 100%), not 60"),
    ("all/ssimerrors <= 0.5", None),
    ("all/ errors <= 0.5", None),
    ("all/ssim >= 60", "an accuracy rate runs from 0 to 1 (or 0% to 100%), not 60"),
    ("all/ssim >= 101%", "an accuracy rate runs from 0 to 1 (or 0% to 100%), not 1.01"),
]


@pytest.mark.parametrize(("text", "reason"), BAD, ids=[case[0] for case in BAD])
def test_a_gate_with_an_unknown_part_is_refused_with_the_reason(text: str, reason: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_gate(text)

    assert str(caught.value).startswith(f"gate {text!r}: ")
    assert reason is None or str(caught.value) == f"gate {text!r}: {reason}"


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10_000))
def test_a_percentage_is_the_same_number_as_the_rate_it_means(hundredths: int) -> None:
    percent = parse_gate(f"all/ssim >= {hundredths // 100}.{hundredths % 100:02d}%").bound
    rate = parse_gate(f"all/ssim >= {hundredths // 10_000}.{hundredths % 10_000:04d}").bound

    assert percent == rate == hundredths / 10_000


@settings(deadline=None)
@given(st.text(alphabet='al/[]="<>=%.,0159 \nmodityCTvq', max_size=60) | st.text(max_size=60))
def test_a_text_is_a_gate_or_refused_but_never_crashes(text: str) -> None:
    try:
        gate = parse_gate(text)
    except ConfigError:
        return

    assert 0 <= gate.bound <= 1


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "all" + "[" * 50_000, "all[" + '"' * 50_001, "all[" + "a=b," * 20_000, " " * 50_000 + "/"]
)
def test_a_huge_text_is_refused_quickly(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ConfigError):
        parse_gate(text)

    assert time.process_time() - started < 5


def test_a_gate_keeps_its_text_with_single_spaces() -> None:
    assert parse_gate(" vqa/bleu   >=\n60% ").text == "vqa/bleu >= 60%"


@pytest.mark.parametrize("name", [*(form.value for form in Format), *(task.value for task in Task)])
def test_every_format_and_task_is_a_slice(name: str) -> None:
    assert parse_gate(f"{name}/accuracy >= 0.5").where[0][1] == name


@pytest.mark.parametrize("modality", Modality)
def test_every_modality_can_be_a_condition(modality: Modality) -> None:
    assert parse_gate(f"all[modality={modality}]/accuracy >= 0.5").where == (("modality", modality.value),)


def test_a_gate_on_a_metric_without_threshold_is_refused_with_the_option_that_gives_one() -> None:
    with pytest.raises(ConfigError) as caught:
        check_gates([parse_gate("vqa/token_f1 >= 0.5")], [plan(Task.QUESTION_ANSWERING)], PROFILE)

    assert str(caught.value) == (
        "gate 'vqa/token_f1 >= 0.5': profile medgen-2026.08 has no threshold for token_f1;"
        " give one with --medgen-threshold token_f1=VALUE"
    )


@pytest.mark.parametrize(
    "text",
    [
        "vqa/accuracy >= 0.5",
        "all/bleu >= 0.5",
        "all[model=other]/accuracy >= 0.5",
        "all[modality=MRI]/accuracy >= 0.5",
        "all[modality=CT,modality=MRI]/accuracy >= 0.5",
        "vqa[format=image_editing]/accuracy >= 0.5",
    ],
)
def test_a_gate_without_a_sample_in_its_slice_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_gates([parse_gate(text)], [plan()], PROFILE)

    assert str(caught.value) == f"gate {text!r}: no sample of this run lies in its slice"


def test_gates_with_samples_and_thresholds_pass_the_check() -> None:
    gates = [parse_gate("all/accuracy >= 0.5"), parse_gate("style-transfer[model=my-model]/ssim >= 0.5")]

    check_gates(gates, [plan()], PROFILE)
