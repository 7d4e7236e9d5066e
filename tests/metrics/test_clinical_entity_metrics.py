"""The clinical entity metrics, from texts to scores."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.clinical.entities import CLINICAL, EntityMetricDefinition
from medgen_pytest.metrics.clinical.lexicon import load_lexicon
from medgen_pytest.metrics.clinical.readings import Readings, shared_readings
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair

CONTEXT = MetricContext()
LEXICON = load_lexicon()
NAMES = [definition.spec.name for definition in CLINICAL]
SENTENCES = st.lists(
    st.sampled_from(
        ["No pneumothorax.", "Large pleural effusion.", "Possible pneumonia.", "CT of the chest.", "Thanks."]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


def pair(preds: str, target: str) -> Pair:
    return Pair(task=Task.REPORT_GENERATION, pred_text=preds, target_text=target)


def values(preds: str, target: str, *, context: MetricContext = CONTEXT) -> dict[str, float | None]:
    scores = [definition.under("canonical", context).score([pair(preds, target)])[0] for definition in CLINICAL]
    return {score.metric: score.value for score in scores}


def test_the_metrics_are_named_as_the_benchmark_names_them() -> None:
    higher = {definition.spec.name for definition in CLINICAL if definition.spec.direction == "higher"}

    assert higher == {"entity_precision", "entity_recall", "entity_f1", "factual_precision"}
    assert set(NAMES) - higher == {"hallucination_rate", "omission_rate"}


def test_a_report_is_compared_by_what_it_states() -> None:
    target = "The heart is normal. No pneumothorax. Small pleural effusion, possible pneumonia."
    preds = "Cardiac silhouette normal. Pneumothorax. Pleural fluid and a nodule."

    assert values(preds, target) == {
        "entity_precision": 2 / 4,  # heart and pleural effusion, of these with pneumothorax and nodule
        "entity_recall": 2 / 4,  # of heart, effusion, no pneumothorax and doubtful pneumonia
        "entity_f1": 2 / 4,
        "hallucination_rate": 2 / 4,
        "omission_rate": 0 / 2,
        "factual_precision": 2 / 3,  # the nodule is left out
    }


def test_a_denied_finding_is_not_the_finding() -> None:
    assert values("no pneumothorax", "pneumothorax") == {
        "entity_precision": 0,
        "entity_recall": 0,
        "entity_f1": 0,
        "hallucination_rate": 0,
        "omission_rate": 1,
        "factual_precision": 0,
    }


@given(SENTENCES, SENTENCES)
def test_case_space_and_final_punctuation_change_no_value(preds: str, target: str) -> None:
    assert values(f"  {preds.upper()} !", target.replace(" ", "  ")) == values(preds, target)


@given(SENTENCES.filter(lambda text: text.strip("Thanks. ")))
def test_a_text_against_itself_has_the_best_values(text: str) -> None:
    assert list(values(text, text).values()) == [1, 1, 1, 0, 0, 1]


@pytest.mark.parametrize("definition", CLINICAL, ids=NAMES)
def test_a_reference_without_entities_is_unscored_with_the_reason(definition: EntityMetricDefinition) -> None:
    (score,) = definition.under("canonical", CONTEXT).score([pair("pneumothorax", "yes")])

    assert (score.value, score.reason) == (None, "the reference names no clinical entity")


@pytest.mark.parametrize("definition", CLINICAL, ids=NAMES)
def test_an_empty_candidate_has_a_note(definition: EntityMetricDefinition) -> None:
    (score,) = definition.under("canonical", CONTEXT).score([pair(" \n", "pneumothorax")])

    assert score.value == (1.0 if score.metric == "omission_rate" else 0.0)
    assert score.notes == ("empty candidate",)


@pytest.mark.parametrize("definition", CLINICAL, ids=NAMES)
def test_the_convention_holds_the_digest_of_the_lexicon(definition: EntityMetricDefinition) -> None:
    metric = definition.under("upstream", CONTEXT)

    assert metric.convention == f"{definition.spec.name}/upstream@1+{LEXICON.digest[:8]}"
    assert metric.score([pair("lung", "lung")])[0].convention == metric.convention


@pytest.mark.parametrize("definition", CLINICAL, ids=NAMES)
def test_settings_are_refused_for_there_are_none(definition: EntityMetricDefinition) -> None:
    context = MetricContext(options={definition.spec.name: {"lexicon": "mine"}})

    with pytest.raises(ConfigError, match=f"metric '{definition.spec.name}': unknown key 'lexicon'"):
        definition.under("canonical", context)
    with pytest.raises(ConfigError, match="unknown key"):
        definition.needs(context)


def test_all_metrics_read_a_text_once() -> None:
    context = MetricContext()

    values("no pneumothorax", "pneumothorax", context=context)
    values("no pneumothorax", "edema", context=context)

    assert len(shared_readings(context)) == 3


def test_readings_are_bounded() -> None:
    readings = Readings(LEXICON, kept=2)

    first = [readings.of(text) for text in ("lung", "heart", "liver", "lung")]

    assert len(readings) == 2
    assert first[0] == first[3]


def test_strange_texts_are_scored() -> None:
    target = "No pneumothorax. " + "العضو " * 10
    preds = "\ud800 no pneumothorax\x00 \u202e"

    assert values(preds, target)["entity_f1"] == 1


def test_texts_of_a_hundred_thousand_words_take_seconds() -> None:
    context = MetricContext()
    target = "There is no pneumothorax, and the heart is enlarged by effusion. " * 9_000

    start = time.process_time()
    found = values(target.replace("no", "a"), target, context=context)

    assert found["entity_f1"] == pytest.approx(2 / 3)
    assert time.process_time() - start < 20
