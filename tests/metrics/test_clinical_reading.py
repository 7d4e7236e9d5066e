"""What is read from clinical texts."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.metrics.clinical.lexicon import load_lexicon
from medgen_pytest.metrics.clinical.reading import read_mentions, read_statements

if TYPE_CHECKING:
    from pathlib import Path

LEXICON = load_lexicon()
FINDINGS = ("pneumothorax", "pleural effusion", "fracture", "cardiomegaly")
SENTENCES = (
    "there is a large {}",
    "no {} is seen",
    "{} is not identified",
    "possible {}",
    "without {} or nodule",
    "the right lung shows {}",
    "{}: none",
)
TEXTS = st.lists(
    st.builds(str.format, st.sampled_from(SENTENCES), st.sampled_from(FINDINGS)), min_size=1, max_size=5
).map(". ".join)


def read(text: str) -> list[tuple[str, str]]:
    return [(mention.entity, mention.polarity) for mention in read_mentions(text, LEXICON)]


def absent(text: str) -> set[str]:
    return {entity for entity, polarity in read(text) if polarity == "absent"}


def present(text: str) -> set[str]:
    return {entity for entity, polarity in read(text) if polarity == "present"}


def uncertain(text: str) -> set[str]:
    return {entity for entity, polarity in read(text) if polarity == "uncertain"}


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("Lungs and pulmonary vessels", ["lung", "pulmonary vasculature"]),
        ("cardiac silhouette", ["heart"]),
        ("pneumothoraces", ["pneumothorax"]),
        ("pleural effusions in the pleura", ["pleural effusion", "pleura"]),
        ("ET tube; endotracheal tube", ["endotracheal tube", "endotracheal tube"]),
        ("Chest X-ray, chest radiograph and CXR", ["chest x ray"] * 3),
        ("Gastro-oesophageal junction", ["gastroesophageal junction"]),
        ("H&E stain of colonic mucosa", ["hematoxylin and eosin", "colon", "mucosa"]),
        ("Erythematous plaques on the scalp", ["erythema", "plaque", "scalp"]),
        ("T2-weighted axial MRI of the brain", ["t2 weighted", "axial plane", "magnetic resonance imaging", "brain"]),
        ("oedema, haemorrhage, tumour", ["edema", "hemorrhage", "tumor"]),
        ("a finding in the patient", []),
        ("", []),
    ],
)
def test_terms_are_read_as_entities_the_longest_first(text: str, entities: list[str]) -> None:
    assert [entity for entity, _ in read(text)] == entities


@pytest.mark.parametrize(
    "text",
    [
        "no pneumothorax",
        "No evidence of pneumothorax.",
        "without pneumothorax",
        "w/o pneumothorax",
        "Lungs are clear of pneumothorax.",
        "negative for pneumothorax",
        "absence of a pneumothorax",
        "The patient denies any pneumothorax.",
        "neither a nodule nor pneumothorax",
        "pneumothorax is not seen",
        "pneumothorax is not clearly seen",
        "There isn't a pneumothorax.",
        "It doesn't show pneumothorax.",
        "The study does not clearly demonstrate a pneumothorax.",
        "has not been shown to have pneumothorax",
        "Pneumothorax and nodule are not identified",
        "pneumothorax has been ruled out",
        "the pneumothorax has resolved",
        "Pneumothorax: none",
        "Pneumothorax: No, effusion: yes",
        "**Pneumothorax**: absent",
        "- Pneumothorax - not seen",
        "| pneumothorax | no | left |",
        "Is there a pneumothorax? No.",
        "No focal consolidation, effusion, or pneumothorax is seen.",
        "no findings suspicious for pneumothorax",
        "No pneumo\u00adthorax",
    ],
)
def test_a_denied_finding_is_absent(text: str) -> None:
    assert "pneumothorax" in absent(text)
    assert "pneumothorax" not in present(text)


@pytest.mark.parametrize(
    "text",
    [
        "no change in the pneumothorax",
        "No significant interval change in pneumothorax",
        "no increase in pneumothorax",
        "not only pneumothorax",
        "without change in pneumothorax",
        "no doubt pneumothorax",
        "No, there is a pneumothorax.",
        "No. There is a pneumothorax.",
        "no nodule but a pneumothorax",
        "No nodule; pneumothorax.",
        "no nodule\npneumothorax",
        "There is no nodule, however pneumothorax is seen",
        "no nodule is seen and pneumothorax is large",
        "no nodule and a pneumothorax",
        "no nodule, a pneumothorax on the left",
        "No nodule, small pneumothorax.",
        "denies nodule and has a pneumothorax",
        "pneumothorax without nodule",
        "pneumothorax, no nodule",
        "FINDINGS: pneumothorax. IMPRESSION: no nodule",
        "Is there a pneumothorax? Yes.",
        "possible nodule, pneumothorax",
        "after the pneumothorax she has not seen a doctor",
    ],
)
def test_a_finding_that_is_not_denied_is_present(text: str) -> None:
    assert "pneumothorax" in present(text)


@pytest.mark.parametrize(
    "text",
    [
        "not without pneumothorax",
        "does not deny a pneumothorax",
        "pneumothorax is not absent",
        "no absence of pneumothorax",
    ],
)
def test_two_denials_side_by_side_cancel(text: str) -> None:
    assert "pneumothorax" in present(text)


@pytest.mark.parametrize(
    "text",
    [
        "possible pneumothorax",
        "Rule out pneumothorax.",
        "r/o pneumothorax",
        "may represent pneumothorax",
        "suspicious for pneumothorax",
        "pneumothorax cannot be excluded",
        "can't exclude pneumothorax",
        "pneumothorax is not ruled out",
        "pneumothorax is unlikely",
        "Pneumothorax: possible",
        "no nodule, possible pneumothorax",
        "atelectasis versus pneumothorax",
    ],
)
def test_a_doubted_finding_is_uncertain(text: str) -> None:
    assert "pneumothorax" in uncertain(text)


def test_devices_are_denied_and_organs_and_modalities_are_not() -> None:
    assert read("No endotracheal tube in the trachea on this CT.") == [
        ("endotracheal tube", "absent"),
        ("trachea", "present"),
        ("computed tomography", "present"),
    ]


def test_a_mention_says_where_it_comes_from() -> None:
    (mention,) = read_mentions("No Pleural-Effusions!", LEXICON)

    assert mention == ("pleural effusion", "finding", "absent", "pleural effusions")


def test_a_text_may_state_both() -> None:
    statements = read_statements("No left pneumothorax. Small right pneumothorax.", LEXICON)

    assert statements == {("pneumothorax", "absent"), ("pneumothorax", "present")}


@given(
    TEXTS, st.sampled_from([str.upper, str.title, str.capitalize]), st.sampled_from(["", ".", "!", " .", "\n", "..."])
)
def test_case_space_and_final_punctuation_make_no_difference(text: str, change: type[str], end: str) -> None:
    spread = f"  {change(text)}{end}".replace(" ", " \t ")

    assert read(spread) == read(text)


@given(st.sampled_from(FINDINGS), TEXTS)
def test_a_sentence_of_its_own_leaves_what_stands_before_alone(finding: str, text: str) -> None:
    assert read(f"{text}. No {finding}.") == [*read(text), (finding, "absent")]


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    assert all(mention.polarity in {"present", "absent", "uncertain"} for mention in read_mentions(text, LEXICON))


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("no \x00pneumothorax\x07", {("pneumothorax", "absent")}),
        ("\u202eno pneumothorax\u202c", {("pneumothorax", "absent")}),
        ("استرواح الصدر", set()),
        ("العضو: pneumothorax", {("pneumothorax", "present")}),
        ("\ud800pneumothorax\udfff", {("pneumothorax", "present")}),
        ("".join(chr(ord(letter) + 0xFEE0) for letter in "pneumothorax"), {("pneumothorax", "present")}),
    ],
)
def test_strange_characters_do_no_harm(text: str, entities: set[tuple[str, str]]) -> None:
    assert set(read_statements(text, LEXICON)) == entities


@pytest.mark.parametrize(
    "unit", ["no pneumothorax or small effusion in the lung, ", "not ", "absent ", "lung ", "\u00e9 : no "]
)
def test_a_hundred_thousand_words_take_seconds(unit: str) -> None:
    text = unit * (100_000 // len(unit.split()))

    start = time.process_time()
    read_statements(text, LEXICON)

    assert time.process_time() - start < 10


def test_entities_are_found_in_most_clinical_notes(shared: Path) -> None:
    lines = (shared / "data" / "text" / "aci_bench_notes.jsonl").read_text(encoding="utf-8").splitlines()

    counts = [len(read_statements(json.loads(line)["reference"], LEXICON)) for line in lines]

    assert len(counts) == 40
    assert min(counts) >= 5
