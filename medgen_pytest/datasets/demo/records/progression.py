"""Progression records: the same patient early and late in a disease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import pathology, photo, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker


def photo_growth() -> DemoRecord:
    """A pigmented lesion that grows."""
    chance = Chance("disease-prediction/photo-growth")
    return _progression(
        chance,
        modality=Modality.CLINICAL_PHOTOGRAPHY,
        early=photo.draw_naevus(chance, radius=0.28),
        late=photo.draw_naevus(chance, radius=0.46),
        request=(
            "This photograph shows an early pigmented lesion. Predict its appearance after it has grown to about one "
            "and a half times its diameter, and describe the change."
        ),
        answer=(
            "The pigmented lesion has grown to about one and a half times its former diameter; its border is still "
            "irregular and its brown tones uneven, while the surrounding skin is unchanged."
        ),
    )


def xray_growth() -> DemoRecord:
    """A pulmonary nodule that grows."""
    chance = Chance("disease-prediction/xray-growth")
    return _progression(
        chance,
        modality=Modality.X_RAY,
        early=xray.draw_chest(chance, nodule="right", nodule_radius=0.06),
        late=xray.draw_chest(chance, nodule="right", nodule_radius=0.13),
        request=(
            "A small nodule is visible in the right mid zone of this chest radiograph. Without treatment it doubles "
            "its diameter. Generate the later radiograph and describe what has progressed."
        ),
        answer=(
            "The nodule of the right lung has about doubled its diameter and remains round and well defined. There is "
            "no pleural effusion, and the heart is of unchanged size."
        ),
    )


def pathology_atypia() -> DemoRecord:
    """Glands that turn atypical."""
    chance = Chance("disease-prediction/pathology-atypia")
    return _progression(
        chance,
        modality=Modality.PATHOLOGY,
        early=pathology.draw_mucosa(chance),
        late=pathology.draw_mucosa(chance, atypia=0.7),
        request=(
            "The glands in this H&E field are regular. Predict the same field after progression to high-grade "
            "dysplasia, and name the changes of nuclei and glandular architecture."
        ),
        answer=(
            "The nuclei are enlarged, darker, of uneven size and piled up in several rows, the glandular lumina are "
            "narrowed and the outlines of the glands irregular; the stroma is preserved."
        ),
    )


def _progression(
    chance: Chance, *, modality: Modality, early: Phantom, late: Phantom, request: str, answer: str
) -> DemoRecord:
    return DemoRecord(
        chance=chance,
        task=Task.DISEASE_PREDICTION,
        modality=modality,
        phantom=early.name,
        subtask="Early to Late",
        instruction=request,
        inputs=(early.pixels,),
        target=late.pixels,
        answer=answer,
    )


PROGRESSION: tuple[RecordMaker, ...] = (photo_growth, xray_growth, pathology_atypia)
