"""Labelled samples for tests."""

from __future__ import annotations

from medgen_pytest.evaluation.agreement import Labelled


def make_labelled(
    judge: float, *experts: float | None, name: str, task: str = "style-transfer", weight: float = 1.0
) -> Labelled:
    """One labelled sample of the model `one`."""
    return Labelled(
        sample_id=name,
        model="one",
        task=task,
        modality="CT",
        judge_score=judge,
        expert_scores=experts,
        weight=weight,
    )


def make_sample(*cells: int, weights: tuple[float, float] = (1.0, 1.0)) -> list[Labelled]:
    """One expert's sample: true accurate, false accurate, false inaccurate, true inaccurate; 8.0 is accurate.

    `weights` are those of what the judge finds accurate and of the rest.
    """
    scores = ((9.0, 9.0), (9.0, 3.0), (3.0, 9.0), (3.0, 3.0))
    return [
        make_labelled(judge, expert, name=f"{place}:{number}", weight=weights[place // 2])
        for place, ((judge, expert), count) in enumerate(zip(scores, cells, strict=True))
        for number in range(count)
    ]
