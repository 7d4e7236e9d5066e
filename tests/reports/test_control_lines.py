"""The table of a judge's controls."""

from __future__ import annotations

from medgen_pytest.evaluation.controls import OVERALL, Pair, Study, compare_pairs
from medgen_pytest.reports.controls import controls_lines


def study(*pairs: Pair, **more: object) -> Study:
    findings = compare_pairs(
        {"blank": list(pairs)}, tier="with_reference", asked=(OVERALL, "truth"), expected=["blank"]
    )
    facts = {"model": "my-vlm", "outputs": len(pairs), "judge": "judge (medgen-holistic@1)", **more}
    return Study(findings=tuple(findings), **facts)  # type: ignore[arg-type]  # facts of these types


def test_a_row_for_the_overall_score_and_one_for_each_dimension() -> None:
    six = [Pair(before={OVERALL: 9.0, "truth": 8.0}, after={OVERALL: 5.0, "truth": 8.5}) for _ in range(6)]

    assert controls_lines(study(*six), width=100) == [
        "6 outputs of my-vlm, judged by judge (medgen-holistic@1)",
        "",
        "with_reference",
        "replaced   drop    95% interval       p  p (Holm)  pairs  errors        the judge",
        "blank      4.00    4.00 to 4.00  0.0156    0.0312      6       0          notices",
        "  truth   -0.50  -0.50 to -0.50  1.0000    1.0000      6          does not notice",
        "",
        "notices all that it should",
    ]


def test_what_there_is_no_figure_for_is_a_dash() -> None:
    lines = controls_lines(study(Pair(before=None, after=None)), width=100)

    assert lines[4].split() == ["blank", *["-"] * 4, "0", "1", "cannot", "be", "told"]
    assert lines[-1] == "not seen to notice: blank (with_reference)"


def test_what_was_left_out_and_what_broke_is_told_with_its_reasons() -> None:
    told = study(
        Pair(before=None, after=None),
        left_out={"unrelated": {"there is none": 2}},
        errors={("with_reference", "blank"): {"judge judge: down\x1b[31m": 3, "judge judge: slow": 1}},
    )

    lines = controls_lines(told, width=100)

    assert "left out of unrelated: 2 x there is none" in lines
    assert any(line.startswith("errors of the judge, with_reference, blank: 3 x judge judge: down") for line in lines)
    assert not any("\x1b" in line for line in lines)
