"""Gates as text: what is understood, and what is refused with which words."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates import SYNTAX, check_gates, parse_gate, parse_slice
from medgen_pytest.metrics.registry import METRICS
from tests.evaluation.records import PROFILE, plan

if TYPE_CHECKING:
    from medgen_pytest.evaluation.gates import Gate

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

    assert gate.measure == "errors"
    assert (gate.metric, gate.sign, gate.bound) == (metric, sign, bound)
    assert gate.text == " ".join(text.split())
    assert parse_gate(text.replace("errors", "")).measure == "rate"


@pytest.mark.parametrize("metric", ["judge_with_reference", "judge_without_reference"])
def test_a_gate_on_a_judge_looks_at_every_task(metric: str) -> None:
    assert parse_gate(f"all/{metric} errors <= 0").tasks == frozenset(Task)


NO_GATES = [
    ("", "a slice is expected at its end"),
    ("   ", "a slice is expected at its end"),
    ("vqa", "/METRIC is expected at its end"),
    ("vqa/bleu", ">=, >, <= or < is expected at its end"),
    ("vqa >= 0.5", "/METRIC is expected before '>= 0.5'"),
    ("/bleu >= 0.5", "a slice is expected before '/bleu >= 0.5'"),
    ("vqa/ >= 0.5", "/METRIC is expected before '/ >= 0.5'"),
    ("vqa/bleu >= ", "a number is expected at its end"),
    ("vqa/bleu = 0.5", ">=, >, <= or < is expected before '= 0.5'"),
    ("vqa/bleu == 0.5", ">=, >, <= or < is expected before '== 0.5'"),
    ("vqa/bleu => 0.5", ">=, >, <= or < is expected before '=> 0.5'"),
    ("vqa/bleu >= 1e-1", "the end is expected before 'e-1'"),
    ("vqa/bleu >= nan", "a number is expected before 'nan'"),
    ("vqa/bleu >= 0,5", "the end is expected before ',5'"),
    ("vqa/bleu >= 0.5%%", "the end is expected before '%'"),
    ("vqa/bleu >= 0.5 or 1", "the end is expected before 'or 1'"),
    ("vqa/bleu/ssim >= 0.5", ">=, >, <= or < is expected before '/ssim >= 0.5'"),
    ("vqa[modality=CT/bleu >= 0.5", "/METRIC is expected before '[modality=CT/bleu >= 0.5'"),
    ("vqa modality=CT]/bleu >= 0.5", "/METRIC is expected before '=CT]/bleu >= 0.5'"),
    ("vqa[modality=CT][task=x]/bleu >= 0.5", "/METRIC is expected before '[task=x]/bleu >= 0.5'"),
    ("[modality=CT]/bleu >= 0.5", "a slice is expected before '[modality=CT]/bleu >= 0.5'"),
    ('vqa[subtask="open]/bleu >= 0.5', "/METRIC is expected before '[subtask=\"open]/bleu >= 0.5'"),
    ("all/ssim median >= 0.5", ">=, >, <= or < is expected before 'median >= 0.5'"),
    ("all/ssim lower >= 0.5", ">=, >, <= or < is expected before 'lower >= 0.5'"),
    ("all/ssim errors mean <= 0.5", ">=, >, <= or < is expected before 'mean <= 0.5'"),
    ("all/ssim drop <= 1% against", "the end is expected before 'against'"),
    ("all/ssim drop <= 1% againstmain.json", "the end is expected before 'againstmain.json'"),
    ("all/ssim drop <= 1% against a.json b.json", "the end is expected before 'b.json'"),
    ("all/ssim lower bound >= 1% at 95% at 99%", "the end is expected before 'at 99%'"),
    ("cost 5", ">=, >, <= or < is expected before '5'"),
    ("cost <= five", "a number is expected before 'five'"),
]


@pytest.mark.parametrize(("text", "fault"), NO_GATES, ids=[case[0] for case in NO_GATES])
def test_a_text_of_another_shape_is_refused_with_where_and_what_to_write(text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_gate(text)

    assert str(caught.value) == f"gate {text!r} is not understood: {fault}; write {SYNTAX}"


FORMS = [
    ("all/accuracy >= 0.5", "rate", "value", 0.95, None),
    ("all/accuracy errors <= 1%", "errors", "value", 0.95, None),
    ("errors<=1%", "errors", "value", 0.95, None),
    ("cost < 5", "cost", "value", 0.95, None),
    ("all/psnr mean >= 28.5", "mean", "value", 0.95, None),
    ("image_editing/ssim mean > -0.25", "mean", "value", 0.95, None),
    ("all/accuracy lower bound >= 0.5", "rate", "lower bound", 0.95, None),
    ("all/accuracy lower  bound > 50% at 99%", "rate", "lower bound", 0.99, None),
    ("all/accuracy upper bound < 0.5 at 0.9", "rate", "upper bound", 0.9, None),
    ("all/ssim mean lower bound >= 0.7 at 97.5 %", "mean", "lower bound", 0.975, None),
    ("all/accuracy drop <= 2% against baselines/main.json", "rate", "drop", 0.95, "baselines/main.json"),
    ('all/accuracy drop < 2% at 99% against "my main.json"', "rate", "drop", 0.99, "my main.json"),
    ("all/accuracy drop <= 2% against main.json at 99%", "rate", "drop", 0.99, "main.json"),
    ("all/psnr mean drop <= 1.5 against main.json", "mean", "drop", 0.95, "main.json"),
]


@pytest.mark.parametrize(("text", "measure", "form", "level", "baseline"), FORMS, ids=[case[0] for case in FORMS])
def test_what_a_gate_bounds_is_understood(
    text: str, measure: str, form: str, level: float, baseline: str | None
) -> None:
    gate = parse_gate(text)

    assert (gate.measure, gate.form, gate.level, gate.baseline) == (measure, form, level, baseline)


@pytest.mark.parametrize(
    ("text", "tier", "kept"),
    [
        ("all/ssim >= 1", "blocking", "all/ssim >= 1"),
        ("blocking: all/ssim >= 1", "blocking", "all/ssim >= 1"),
        ("advisory: all/ssim >= 1", "advisory", "advisory: all/ssim >= 1"),
        (" advisory :cost <=  5", "advisory", "advisory: cost <= 5"),
    ],
)
def test_a_tier_stands_before_a_gate(text: str, tier: str, kept: str) -> None:
    gate = parse_gate(text)

    assert (gate.tier, gate.text) == (tier, kept)


def test_a_gate_on_errors_without_a_slice_is_on_all_of_them() -> None:
    gate = parse_gate("errors <= 1%")

    assert (gate.where, gate.metric, gate.bound) == ((), ACCURACY, 0.01)


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
    ("all/ssim >= 60", "an accuracy rate runs from 0 to 1 (or 0% to 100%), not 60"),
    ("all/ssim >= 101%", "an accuracy rate runs from 0 to 1 (or 0% to 100%), not 1.01"),
    ("all/ssim >= -0.1", "an accuracy rate runs from 0 to 1 (or 0% to 100%), not -0.1"),
    ("errors <= 5", "an error rate runs from 0 to 1 (or 0% to 100%), not 5"),
    ("advisry: all/ssim >= 0.5", "unknown tier 'advisry'; did you mean 'advisory'?"),
    ("advisory: advisory: all/ssim >= 0.5", None),
    ("cost >= 5", "a cost is held against <= or <, not >="),
    ("cost <= 5%", "a cost is no share, so it has no %"),
    ("cost <= -5", "a cost is 0 or more, not -5"),
    ("all/cost <= 5", "a cost is that of the whole run; write 'cost <= AMOUNT'"),
    ("all/ssim mean >= 80%", "a mean is no share, so it has no %"),
    ("all/ssim mean >= 1.5", "the mean of ssim runs from -1 to 1, not 1.5"),
    ("all/psnr mean >= -1", "the mean of psnr runs from 0 to inf, not -1"),
    ("all/ssim mean drop <= 2.5 against f", "a drop of the mean of ssim runs from 0 to 2, not 2.5"),
    ("all/accuracy mean >= 0.5", "accuracy has no scores that could have a mean; without 'mean' its rate is meant"),
    ("all/ssim lower bound <= 0.5", "a lower bound is held against >= or >, not <="),
    ("all/ssim upper bound >= 0.5", "an upper bound is held against <= or <, not >="),
    ("all/ssim drop >= 0.5 against f", "a drop is held against <= or <, not >="),
    ("all/ssim drop <= 2 against f", "a drop of an accuracy rate runs from 0 to 1 (or 0% to 100%), not 2"),
    (
        "all/accuracy drop <= 0.02",
        "a drop is from a baseline; add 'against FILE' (medgen baseline save RUN FILE makes one)",
    ),
    ("all/ssim >= 0.5 against f", "only a drop is 'against FILE'"),
    ("all/ssim >= 0.5 at 95%", "only a bound or a drop has a confidence; leave 'at' out, or write 'lower bound'"),
    ("all/ssim lower bound >= 0.5 at 50%", "a confidence runs from 75% to 99.99%, not 50.000000%"),
    ("all/ssim lower bound >= 0.5 at 99.999%", "a confidence runs from 75% to 99.99%, not 99.999000%"),
    ("all/ssim lower bound >= 0.5 at 95", "a confidence runs from 75% to 99.99%, not 9500.000000%"),
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


SIGNS = st.sampled_from([">=", ">", "<=", "<"])
BOUNDED = ["all/accuracy", "all/psnr", "all/ssim mean", "all/psnr mean drop", "all/bleu drop", "errors", "cost"]
NUMBERS = ["-1.5", "-1", "-0.5", "0", "50%", "1", "101%", "1.5", "2.5", "30"]
NEARLY = st.builds(
    "{} {} {}{}".format,
    st.sampled_from(BOUNDED),
    SIGNS,
    st.sampled_from(NUMBERS),
    st.sampled_from(["", " against f"]),
)


@settings(deadline=None)
@given(st.text(alphabet='al/[]="<>=%.,0159 \nmodityCTvq', max_size=60) | st.text(max_size=60) | NEARLY)
def test_a_text_is_a_gate_or_refused_but_never_crashes(text: str) -> None:
    try:
        gate = parse_gate(text)
    except ConfigError:
        return

    low, high = ends_of(gate)
    assert low <= gate.bound <= high


def ends_of(gate: Gate) -> tuple[float, float]:
    """Between which numbers a bound makes sense."""
    if gate.measure == "mean":
        return (0.0, gate.high - gate.low) if gate.form == "drop" else (gate.low, gate.high)
    return (0.0, math.inf) if gate.measure == "cost" else (0.0, 1.0)


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "all" + "[" * 50_000, "all[" + '"' * 50_001, "all[" + "a=b," * 20_000, " " * 50_000 + "/"]
)
def test_a_huge_text_is_refused_quickly(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ConfigError):
        parse_gate(text)

    assert time.process_time() - started < 5


def test_a_gate_keeps_its_text_with_single_spaces_but_within_quotes() -> None:
    assert parse_gate(' vqa[subtask="a  b"]/bleu   >=\n60% ').text == 'vqa[subtask="a  b"]/bleu >= 60%'


SPACES = st.sampled_from(["", " ", "  ", "\n"])
SLICES = st.sampled_from(["all", *(form.value for form in Format), *(task.value for task in Task)])
CONDITIONS = st.lists(
    st.sampled_from(["modality=CT", 'subtask="a, [b]  c"', "model=org/m:7b", "task=style_transfer"]), max_size=2
)
SUBJECTS = st.builds(
    lambda name, conditions, space: f"{name}{space}[{','.join(conditions)}]" if conditions else name,
    SLICES,
    CONDITIONS,
    SPACES,
)
SHARES = st.sampled_from(["0", "1", ".5", "0.25", "33.3%", "100 %"])
LEVELS = st.sampled_from(["", " at 99%", " at 0.9"])
FILES = st.sampled_from(["main.json", "../b/main-1.json", '"my  main.json"'])
CLAIMS = st.one_of(
    st.builds("{}/accuracy {}{}".format, SUBJECTS, SIGNS, SHARES),
    st.builds("{}/psnr errors{}{}".format, SUBJECTS, SIGNS, SHARES),
    st.builds("{}/ssim mean {} {}".format, SUBJECTS, SIGNS, st.sampled_from(["-0.5", "0.75", "1"])),
    st.builds("{} /bleu lower bound >= {}{}".format, SUBJECTS, SHARES, LEVELS),
    st.builds("{}/ bleu upper  bound<{}{}".format, SUBJECTS, SHARES, LEVELS),
    st.builds("{}/bleu drop <= {}{} against {}".format, SUBJECTS, SHARES, LEVELS, FILES),
    st.builds("{}/psnr mean drop < 3 against {}{}".format, SUBJECTS, FILES, LEVELS),
    st.builds("cost{}<= {}".format, SPACES, st.sampled_from(["0", "12.5"])),
    st.builds("errors {}{}".format, SIGNS, SHARES),
)
TIERS = st.sampled_from(["", "advisory:", "blocking : "])


@settings(deadline=None)
@given(st.builds("{}{}{}{}".format, SPACES, TIERS, CLAIMS, SPACES))
def test_the_text_that_a_gate_keeps_means_the_same_gate(text: str) -> None:
    gate = parse_gate(text)

    assert parse_gate(gate.text) == gate


@pytest.mark.parametrize("name", [*(form.value for form in Format), *(task.value for task in Task)])
def test_every_format_and_task_is_a_slice(name: str) -> None:
    assert parse_gate(f"{name}/accuracy >= 0.5").where[0][1] == name


@pytest.mark.parametrize("modality", Modality)
def test_every_modality_can_be_a_condition(modality: Modality) -> None:
    assert parse_gate(f"all[modality={modality}]/accuracy >= 0.5").where == (("modality", modality.value),)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("all", ()),
        (" vqa ", (("format", "vqa"),)),
        ("style_transfer [modality=ct]", (("task", "style-transfer"), ("modality", "CT"))),
        ('all[subtask="a, b",model=m]', (("subtask", "a, b"), ("model", "m"))),
    ],
)
def test_a_slice_alone_is_understood(text: str, where: object) -> None:
    assert parse_slice(text) == where


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "slice '' is not understood: a slice is expected at its end; write SLICE or SLICE[NAME=VALUE, ...]"),
        ("vqa/bleu", "slice 'vqa/bleu' is not understood: the end is expected before '/bleu'; write SLICE or"),
        ("vqo", "slice 'vqo': unknown slice 'vqo'; did you mean 'vqa'?"),
        ("vqa[]", "slice 'vqa[]': condition '' is not NAME=VALUE"),
    ],
)
def test_what_is_no_slice_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_slice(text)

    assert str(caught.value).startswith(message)


def test_a_mean_needs_no_threshold() -> None:
    check_gates([parse_gate("vqa/token_f1 mean >= 0.5")], [plan(Task.QUESTION_ANSWERING)], PROFILE)


def test_a_gate_on_a_metric_without_threshold_is_refused_with_the_option_that_gives_one() -> None:
    with pytest.raises(ConfigError) as caught:
        check_gates([parse_gate("vqa/token_f1 >= 0.5")], [plan(Task.QUESTION_ANSWERING)], PROFILE)

    assert str(caught.value) == (
        "gate 'vqa/token_f1 >= 0.5': profile medgen-2026.08 has no threshold for token_f1;"
        " give one with --medgen-threshold token_f1=VALUE, to medgen rescore with --threshold"
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

    assert str(caught.value) == f"gate {text!r}: no sample of this run lies in its slice; correct it, or evaluate more"


def test_gates_with_samples_and_thresholds_pass_the_check() -> None:
    gates = [parse_gate("all/accuracy >= 0.5"), parse_gate("style-transfer[model=my-model]/ssim >= 0.5")]

    check_gates(gates, [plan()], PROFILE)
