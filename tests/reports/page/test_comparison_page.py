"""The page of a comparison as a text: what it says, what a reader must know, and that nothing hostile gets through."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.comparison import Comparisons, Side, compare_runs
from medgen_pytest.reports.comparison.page.document import render_comparison_page
from medgen_pytest.reports.comparison.page.material import flip_material
from medgen_pytest.reports.page.gallery import Absent, Gallery, Picture, ShownSample
from tests.reports.page.parsed import ParsedPage

if TYPE_CHECKING:
    from tests.reports.conftest import RunBuilder

EDIT = Task.NOISE_RECONSTRUCTION
GOOD, BAD = {"ssim": 0.9, "psnr": 30.0}, {"ssim": 0.61, "psnr": 30.0}
HOSTILE = (
    "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'>{{ 7*7 }}{% raw %} \" ' & &lt;b&gt;"
    " javascript:window.ran=4 \u202egnp.exe\u2066 zero\u200bwidth\x00\ud800 --> ]]>"
)


def side(builder: RunBuilder, letter: str, *, name: str | None = None, **facts: object) -> Side:
    run = builder.build(facts={"run_id": f"id-{letter}", **facts})
    return Side(letter=letter, name=name or f"runs/{letter}", model=run.models[0], run=run)


def ten(builder: RunBuilder, *, bad: set[int], text: str | None = None, model: str = "my-vlm") -> RunBuilder:
    """Ten samples, some of them inaccurate."""
    for number in range(10):
        modality = Modality.CT if number < 5 else Modality.MRI
        builder.add(task=EDIT, modality=modality, scores=BAD if number in bad else GOOD, text=text, model=model)
    return builder


def page_of(*sides: Side, text: str = "Do it.", problem: str | None = None, left_out: int = 0) -> ParsedPage:
    first, *others = sides
    comparisons = Comparisons(level=0.95, comparisons=[compare_runs(first, other) for other in others])
    material = flip_material(comparisons)
    picture = Picture(
        source="data:image/webp;base64,UklGRg==", width=8, height=8, original=(16, 16), is_exact=False, digest="d"
    )
    shown = ShownSample(instruction=text, reference_text=text, inputs=(picture,), reference=Absent(reason=text))
    gallery = Gallery(
        mode="thumbs",
        samples=dict.fromkeys(material.sample_ids, shown),
        outputs={},
        problem=problem,
        left_out=left_out,
    )
    return ParsedPage("".join(render_comparison_page(material, gallery)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (set(range(10)), set(), "▲ B is better than A"),
        (set(), set(range(10)), "▼ B is worse than A"),
        ({1, 2}, {3}, "= No difference shown between A and B"),
    ],
)
def test_the_verdict_is_what_the_first_metric_says(
    new_run: type[RunBuilder], before: set[int], after: set[int], said: str
) -> None:
    page = page_of(side(ten(new_run(), bad=before), "A"), side(ten(new_run(), bad=after), "B"))

    assert said in page.text
    assert page.named("title")[0].text == f"{said[2:]} - medgen compare"


def test_numbers_interval_p_value_and_detectable_difference_stand_on_top(new_run: type[RunBuilder]) -> None:
    page = page_of(side(ten(new_run(), bad={1, 2, 6}), "A"), side(ten(new_run(), bad={9}), "B"))

    assert (
        "accuracy rate: 70.0% of A, 90.0% of B; +20.0 pp, 95% interval [-21.7, +55.1], p 0.62. So many samples show a"
        " difference of 61.6 pp in 80 of 100 cases, a smaller one less often. 10 samples that both finished."
    ) in page.text


def test_every_metric_and_slice_is_a_row_with_numbers_to_sort_by(new_run: type[RunBuilder]) -> None:
    page = page_of(side(ten(new_run(), bad={1, 2, 6}), "A"), side(ten(new_run(), bad={9}), "B"))

    rows = [element.text for element in page.named("th") if element.attributes.get("scope") == "row"]
    orders = [element.attributes["data-order"] for element in page.named("td") if "data-order" in element.attributes]
    assert rows[2:7] == ["accuracy rate", "psnr >= 28", "psnr mean", "ssim >= 0.7", "ssim mean"]
    assert rows.count("image_editing") == rows.count("CT") == 5
    assert "accuracy rate, by slice; p by Holm's correction for 4 slices" in page.text
    assert all(re.fullmatch(r"-?[0-9.]+(e-[0-9]+)?", order) for order in orders)
    assert len([element for element in page.named("svg") if element.attributes["class"] == "whisker"]) > 10


def test_flips_are_listed_lost_first_with_the_results_of_both_sides(new_run: type[RunBuilder]) -> None:
    page = page_of(side(ten(new_run(), bad={1, 2, 6}), "A"), side(ten(new_run(), bad={9}), "B"))

    index = page.block("index")["index"]
    flips = index["flips"]
    ids = [index["samples"]["id"][place][-2:] for place in flips["sample"]]
    outcomes = [
        [index["outcomes"][index["results"]["outcome"][number]] for number in (*first, *second)]
        for first, second in zip(flips["first"], flips["second"], strict=True)
    ]
    assert ids == ["10", "02", "03", "07"]
    assert flips["change"] == [-1, 1, 1, 1]
    assert outcomes == [["accurate", "inaccurate"], *[["inaccurate", "accurate"]] * 3]
    assert flips["scores"][[one["name"] for one in index["metrics"]].index("ssim")][0] == [0.9, 0.61]
    worse = page.items("results")[flips["second"][0][0]]
    assert worse["reason"] == "ssim 0.61, needs >= 0.7"


def test_a_side_that_two_comparisons_share_is_held_once(new_run: type[RunBuilder]) -> None:
    first = side(ten(new_run(), bad={1}), "A")

    page = page_of(first, side(ten(new_run(), bad={2}), "B"), side(ten(new_run(), bad={3}), "C"))

    index = page.block("index")["index"]
    assert index["models"] == ["A: my-vlm", "B: my-vlm", "C: my-vlm"]
    assert index["comparisons"] == ["B against A", "C against A"]
    assert len(index["flips"]["sample"]) == 4
    assert len(index["results"]["sample"]) == 3 + 2 + 2
    assert page.named("h1")[0].text == "2 comparisons"


def test_repeats_that_differ_are_a_flip_with_all_their_results(new_run: type[RunBuilder]) -> None:
    before, after = (
        new_run().add(task=EDIT, scores=GOOD).add(task=EDIT, scores=second).repeat_first(2) for second in (GOOD, BAD)
    )

    page = page_of(side(before, "A"), side(after, "B"))

    flips = page.block("index")["index"]["flips"]
    assert (flips["change"], flips["first"], flips["second"]) == ([-0.5], [[0, 1]], [[2, 3]])
    assert (flips["before"], flips["after"]) == (["accurate"], ["1 of 2 accurate"])


def test_what_must_be_known_stands_before_the_tables(new_run: type[RunBuilder]) -> None:
    first, second = ten(new_run(), bad={1}), ten(new_run(), bad={2})
    doubtful = side(second, "B", damaged_lines=2, judge={"warnings": ["of one family"]})

    page = page_of(replace(side(first, "A"), is_baseline=True), doubtful, problem="it moved", left_out=3)

    said = page.text[page.text.index("To be known") : page.text.index("what it is")]
    for text in (
        "A is a baseline, which keeps outcomes and scores but no outputs",
        "B: 2 lines of the records cannot be read",
        "B: judge: of one family",
        "flipped samples are shown without what the dataset says of them: it moved",
        "the page holds no images of 3 flipped samples",
    ):
        assert text in said


def test_the_same_conditions_of_all_sides_are_told(new_run: type[RunBuilder]) -> None:
    dataset, metrics = {"fingerprint": "f" * 64, "samples": 10}, {"ssim": "ssim/upstream@1"}

    page = page_of(
        *(
            side(ten(new_run(), bad={place}), letter, dataset=dataset, metrics=metrics)
            for place, letter in enumerate("AB")
        )
    )

    assert "10 samples, fingerprint ffffffffffff" in page.text
    assert "medgen-2026.08 (upstream), digest " in page.text
    assert "convention of ssim" in page.text


def test_sides_that_agree_have_no_flips_and_no_list(new_run: type[RunBuilder]) -> None:
    page = page_of(side(ten(new_run(), bad={1}), "A"), side(ten(new_run(), bad={1}), "B"))

    assert "No sample flipped." in page.text
    assert page.named("form") == []
    assert page.items("results") == []


@pytest.mark.parametrize("ending", ["error", "missing"])
def test_sides_without_a_common_sample_have_nothing_to_compare(new_run: type[RunBuilder], ending: str) -> None:
    lost = new_run().add(ending, task=EDIT, reason="down")  # type: ignore[arg-type]  # one of its endings

    page = page_of(side(new_run().add(task=EDIT, scores=GOOD), "A"), side(lost, "B"))

    assert "Nothing to compare" in page.text
    assert "0 samples that both finished; left out: 1" in page.text


def test_hostile_names_and_texts_stay_texts(new_run: type[RunBuilder]) -> None:
    model = f"{HOSTILE}\n{'x' * 300}"
    sides = [
        side(
            ten(new_run(), bad=bad, text=HOSTILE, model=model),
            letter,
            name=HOSTILE,
            started=HOSTILE,
            git={"commit": HOSTILE},
        )
        for letter, bad in (("A", {1}), ("B", {2}))
    ]

    page = page_of(*sides, text=HOSTILE, problem=HOSTILE)

    allowed = {"index", "results-0", "samples-0", "pictures-0", None}
    assert {element.attributes.get("id") for element in page.named("script")} == allowed
    assert page.named("img") == []
    assert not [key for one in page.elements for key in one.attributes if key.startswith("on") or key == "style"]
    assert "{{ 7*7 }}" in page.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\x00-\x08]", page.html)
    assert page.html.encode("utf-8")


def test_only_its_own_style_and_script_are_allowed(new_run: type[RunBuilder]) -> None:
    page = page_of(side(ten(new_run(), bad={1}), "A"), side(ten(new_run(), bad={2}), "B"))

    [policy] = [
        one.attributes["content"]
        for one in page.named("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http:" not in policy
