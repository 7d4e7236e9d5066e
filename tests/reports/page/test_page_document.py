"""The page as a text: what it says, that nothing hostile gets through, and what is odd about a run."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import math
import re
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.early_stop import EarlyStop
from medgen_pytest.evaluation.viewing_order import by_lot, worst_first
from medgen_pytest.reports.page.document import Orders, render_page
from medgen_pytest.reports.page.gallery import Absent, Gallery, Picture, ShownSample
from tests.reports.page.parsed import ParsedPage

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.image_mode import ImageMode
    from tests.reports.conftest import RunBuilder

HOSTILE = (
    "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'><svg onload=window.ran=3>"
    "{{ 7*7 }}{% raw %} \" ' & &lt;b&gt; javascript:window.ran=4 \u202egnp.exe\u2066 zero\u200bwidth\x00\ud800 --> ]]>"
)
URL = "data:image/webp;base64,UklGRg=="


def picture(source: str = URL, *, digest: str = "ab" * 32) -> Picture:
    return Picture(source=source, width=8, height=8, original=(16, 16), is_exact=False, digest=digest)


def gallery_of(
    run: RunResult, *, mode: ImageMode = "thumbs", text: str = "Do it.", problem: str | None = None, left_out: int = 0
) -> Gallery:
    samples = {
        case.planned.sample_id: ShownSample(
            instruction=text,
            reference_text=text,
            inputs=(picture(),),
            reference=Absent(reason="gone", digest="cd" * 32),
        )
        for case in run.cases
    }
    names = {case.result.output.image for case in run.cases if case.result is not None}
    outputs = {name: picture(f"{URL}{name}") for name in names if name is not None}
    return Gallery(mode=mode, samples=samples, outputs=outputs, problem=problem, left_out=left_out)


def page_of(run: RunResult, gallery: Gallery | None = None) -> ParsedPage:
    orders = Orders(worst=worst_first(run.cases, run.profile), drawn=by_lot(run.cases, seed=0), seed=0)
    return ParsedPage("".join(render_page(run, gallery or gallery_of(run), orders)))


def policy_of(page: ParsedPage) -> str:
    [policy] = [
        element.attributes["content"]
        for element in page.named("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    return policy


def talkative(run: RunResult, text: str) -> RunResult:
    """The run with a text wherever the output of its first result can hold one."""
    first, *others = run.cases
    assert first.result is not None
    output = dataclasses.replace(first.result.output, raw=text, reasoning=text, finish_reason=text)
    result = dataclasses.replace(first.result, output=output)
    return dataclasses.replace(run, cases=[first._replace(result=result), *others])


def test_verdict_gates_and_counts_stand_on_top(one_model: RunBuilder) -> None:
    page = page_of(one_model.build("all/accuracy >= 0.9", "vqa/bleu >= 0.1"))

    [title] = page.named("title")
    assert title.text == "✗ breached: run - medgen"
    assert page.text.index("breached") < page.text.index("all/accuracy >= 0.9") < page.text.index("Models")
    assert "0.6190 (13 of 21)" in page.text
    assert "vqa/bleu >= 0.1" in page.text


def test_a_run_without_gates_says_so(one_model: RunBuilder) -> None:
    page = page_of(one_model.build())

    assert page.named("title")[0].text.startswith("- no gates")
    assert not [element for element in page.named("section") if element.attributes.get("id") == "gates"]


def test_the_policy_names_exactly_the_style_and_the_script_of_the_page(one_model: RunBuilder) -> None:
    page = page_of(one_model.build())

    policy = policy_of(page)
    [style] = page.named("style")
    [script] = [element for element in page.named("script") if "type" not in element.attributes]
    for kind, text in (("style", style.text), ("script", script.text)):
        digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


@pytest.mark.parametrize(("mode", "sources"), [("none", "'none'"), ("thumbs", "data:"), ("full", "'self'")])
def test_images_may_come_from_where_the_mode_says_only(one_model: RunBuilder, mode: ImageMode, sources: str) -> None:
    run = one_model.build()

    page = page_of(run, gallery_of(run, mode=mode))

    assert f"img-src {sources};" in policy_of(page)


def test_hostile_names_and_texts_stay_texts(new_run: type[RunBuilder]) -> None:
    name = f"{HOSTILE}\n{'x' * 300}"
    run = (
        new_run()
        .add(model=name, scores={"bleu": 0.5}, text=HOSTILE, subtask=HOSTILE, reason=HOSTILE, times=2)
        .add("error", model=name, reason=HOSTILE)
    )
    facts = {"run_id": HOSTILE, "left_out": {HOSTILE: HOSTILE}, "judge": {"warnings": [HOSTILE]}, HOSTILE: HOSTILE}
    built = talkative(run.build("all/accuracy >= 0.9", facts=facts), HOSTILE)

    page = page_of(built, gallery_of(built, text=HOSTILE, problem=HOSTILE))

    allowed = {"index", "results-0", "samples-0", "pictures-0", None}
    assert {element.attributes.get("id") for element in page.named("script")} == allowed
    assert not page.named("img")
    assert not [
        key for element in page.elements for key in element.attributes if key.startswith("on") or key == "style"
    ]
    assert "{{ 7*7 }}" in page.text
    assert "\\u202egnp.exe\\u2066 zero\\u200bwidth\\x00\\ud800" in page.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\x00-\x08]", page.html)
    addresses = [element.attributes.get(name, "") for element in page.elements for name in ("href", "src", "action")]
    assert {address[:1] for address in addresses} == {"", "#"}
    [detail, *_] = page.items("results")
    assert page.items("samples")[0]["instruction"].startswith("</script><script>window.ran = 1</script><img")
    assert "<img" not in page.html.replace("\\u003cimg", "")
    assert detail["reason"]


def test_the_page_is_utf_8_whatever_the_texts_hold(new_run: type[RunBuilder]) -> None:
    run = new_run().add(model="m\udcff", text="Röntgen 影像 😀 \ud800", scores={"bleu": 0.5}).build()

    page = page_of(run)

    assert page.html.encode("utf-8")
    assert page.items("results")[0]["text"] == "Röntgen 影像 😀 \\ud800"
    assert page.block("index")["index"]["models"] == ["m\\udcff"]


def test_every_result_is_in_the_index_worst_first(one_model: RunBuilder) -> None:
    run = one_model.build()

    index = page_of(run).block("index")["index"]

    outcomes = [index["outcomes"][place] for place in index["results"]["outcome"]]
    assert len(outcomes) == len(run.cases) == 21
    assert list(dict.fromkeys(outcomes)) == ["invalid", "inaccurate", "error", "missing", "accurate"]
    assert sorted(index["drawn"]) == list(range(21))
    assert len(page_of(run).items("results")) == 21


def test_scores_that_are_not_finite_are_texts_and_unscored_ones_nothing(new_run: type[RunBuilder]) -> None:
    values = [math.inf, -math.inf, math.nan, None, 0.123456789]
    run = new_run()
    for value in values:
        run.add(scores={"psnr": value, "ssim": 0.9}, task=Task.NOISE_RECONSTRUCTION)

    page = page_of(run.build())

    index = page.block("index")["index"]
    psnr = [metric["name"] for metric in index["metrics"]].index("psnr")
    found = index["results"]["scores"][psnr]
    assert sorted(map(str, found)) == ["-inf", "0.123457", "None", "inf", "nan"]
    assert "1 -inf, 1 inf, which the bars do not show" in page.text


def test_a_run_without_samples_is_a_page(new_run: type[RunBuilder]) -> None:
    page = page_of(new_run().build())

    assert "No sample was planned." in page.text
    assert "Nothing was scored." in page.text
    assert page.block("index")["index"]["results"]["sample"] == []


def test_a_run_of_errors_alone_is_a_page_with_their_reasons(new_run: type[RunBuilder]) -> None:
    page = page_of(new_run().add("error", reason="the endpoint is down", times=3).build("all/accuracy >= 0.5"))

    assert {item["reason"] for item in page.items("results")} == {"the endpoint is down"}
    assert "Nothing was scored." in page.text
    assert "? inconclusive" in page.named("title")[0].text


def test_one_sample_is_a_page(new_run: type[RunBuilder]) -> None:
    page = page_of(new_run().add(scores={"bleu": 0.5}, text="yes").build("all/accuracy >= 0.5"))

    assert "100.0% (1/1)" in page.text
    assert page.items("results")[0]["text"] == "yes"


def test_heat_maps_hold_the_rate_of_each_task_and_modality(two_models: RunBuilder) -> None:
    page = page_of(two_models.build())

    captions = [element.text for element in page.named("caption")]
    assert captions.count("my-vlm") == captions.count("other") > 3
    links = [element for element in page.named("a") if element.attributes.get("data-task") == "noise-reconstruction"]
    rates = {element.attributes["data-modality"]: element.text for element in links[: len(set(Modality))]}
    assert rates[Modality.X_RAY.value] == "88.9% (8/9)"


def test_slices_can_be_told_apart_by_level_and_sorted_by_number(two_models: RunBuilder) -> None:
    run = two_models.build()

    page = page_of(run)

    rows = [element for element in page.named("tr") if "data-level" in element.attributes]
    assert len(rows) == len(run.slices)
    levels = {element.attributes["data-level"] for element in rows}
    assert {"model", "format", "task", "subtask and task"} - levels == {"subtask and task"}
    assert [element.text for element in page.named("option") if element.text == "task and modality"]
    cells = [element for element in page.named("td") if "data-order" in element.attributes]
    assert min(float(element.attributes["data-order"]) for element in cells) >= 0


def test_rates_stand_with_their_interval(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5, "token_f1": 0.5}, times=3).add(scores={"bleu": 0.01, "token_f1": 0.1})

    page = page_of(run.build())

    notes = [element.text for element in page.named("small")]
    # Wilson's interval of 3 of 4.
    assert "30.1% to 95.4%" in notes
    assert "Below each rate or mean stands its 95% interval." in page.text


def test_what_must_be_known_stands_below_the_verdict(one_model: RunBuilder) -> None:
    edited = {"file": "results-gw0.jsonl", "line": 7, "model": "<b>", "sample_id": "vqa:\u202e1"}
    facts = {
        "damaged_lines": 1,
        "edited_records": [edited] * 5,
        "outdated_results": 2,
        "unsealed_files": ["run.json"],
        "left_out": {"lpips": "no weights"},
    }
    run = one_model.build(facts=facts)

    page = page_of(run, gallery_of(run, problem="dataset x is not there", left_out=7))

    notices = [element.text for element in page.named("li")]
    for notice in (
        "1 line of the records cannot be read: torn by a kill, or edited",
        "2 results of another revision or convention than the latest session's count as missing",
        "5 records were edited since they were written and do not count: "
        + "results-gw0.jsonl:7 (<b>|vqa:\\u202e1), " * 3
        + "and 2 more; put back what was written, or remove the line and ask again with --medgen-resume",
        "run.json has no seal, or not on every line: an edit there would not be seen",
        "not measured: lpips (no weights)",
        "only outputs are shown, without their samples: dataset x is not there",
        "the page holds no images of 7 samples: there is room for so many only; medgen report RUN --images=full",
    ):
        assert notice in notices


def test_a_run_that_ended_early_says_so_below_the_verdict(one_model: RunBuilder) -> None:
    stop = EarlyStop(level=0.05, samples=30, planned=1000, decided=(), models=frozenset({"my-vlm"}))
    run = dataclasses.replace(one_model.build(), early_stop=stop)

    page = page_of(run)

    notices = [element.text for element in page.named("li")]
    assert "early stop at level 5%: 30 of 1,000 planned samples asked, 970 saved" in notices


def test_images_that_several_results_share_stand_in_the_page_once(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5}, times=30).build()

    page = page_of(run)

    assert len(page.items("pictures")) == 1
    assert {tuple(item["inputs"]) for item in page.items("samples")} == {(0,)}
    assert page.items("samples")[0]["target"] == ["gone", "cd" * 32]


def test_long_texts_are_cut_so_that_all_find_room(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5}, text="word " * 40_000, times=3).build()

    page = page_of(run)

    texts = [item["text"] for item in page.items("results")]
    assert all(len(text) < 21_000 and text.endswith("more characters]") for text in texts)


def test_every_figure_says_in_words_what_it_shows(one_model: RunBuilder) -> None:
    page = page_of(one_model.build())

    figures = [element for element in page.named("svg") if element.attributes.get("role") == "img"]
    assert "Histogram of ssim: 10 scores, 9 meet the threshold of 0.7, 1 unscored" in {
        element.attributes["aria-label"] for element in figures
    }
    assert all("aria-label" in element.attributes for element in figures)


def test_tables_have_headings_with_a_scope_and_ids_are_unique(two_models: RunBuilder) -> None:
    page = page_of(two_models.build("all/accuracy >= 0.1"))

    assert all(element.attributes.get("scope") in {"col", "row"} for element in page.named("th"))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    targets = {
        element.attributes["href"][1:] for element in page.named("a") if element.attributes["href"].startswith("#")
    }
    assert set() < targets <= set(ids)
    labelled = {name for element in page.elements for name in element.attributes.get("aria-labelledby", "").split()}
    assert set() < labelled <= set(ids)
