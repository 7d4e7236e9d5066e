"""Blank-filling and question-answering records: short answers that follow from what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import ct, mri, pathology, photo, ultrasound, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from medgen_pytest.datasets.demo.record import RecordMaker


def ct_lesion_count() -> DemoRecord:
    """The number of metastases."""
    chance = Chance("blank-filling/ct-count")
    count = 3
    phantom = ct.draw_abdomen(chance, metastases=count)
    return DemoRecord(
        chance=chance,
        task=Task.BLANK_FILLING,
        modality=Modality.CT,
        phantom=phantom.name,
        instruction="Complete with a number: the liver on this CT slice contains ____ hypodense lesions.",
        inputs=(phantom.pixels,),
        answer=str(count),
    )


def mri_lesion_side() -> DemoRecord:
    """The hemisphere of a tumour."""
    chance = Chance("blank-filling/mri-side")
    side = "left"
    phantom = mri.draw_brain(chance, weighting=mri.FLAIR, lesion=side)
    return DemoRecord(
        chance=chance,
        task=Task.BLANK_FILLING,
        modality=Modality.MRI,
        phantom=phantom.name,
        instruction=(
            "Complete with 'left' or 'right', in radiological display: the hyperintense tumour lies in the patient's "
            "____ hemisphere."
        ),
        inputs=(phantom.pixels,),
        answer=side,
    )


def ultrasound_stone_absent() -> DemoRecord:
    """Whether a gallbladder holds a stone."""
    chance = Chance("blank-filling/ultrasound-stone")
    phantom = ultrasound.draw_gallbladder(chance)
    return DemoRecord(
        chance=chance,
        task=Task.BLANK_FILLING,
        modality=Modality.ULTRASOUND,
        phantom=phantom.name,
        instruction="Answer 'yes' or 'no'. Does the gallbladder contain a stone that casts a shadow? Answer: ____",
        inputs=(phantom.pixels,),
        answer="no",
    )


def xray_nodule_course() -> DemoRecord:
    """How a nodule changed between two radiographs."""
    chance = Chance("blank-filling/xray-course")
    before = xray.draw_chest(chance, nodule="left", nodule_radius=0.06)
    after = xray.draw_chest(chance, nodule="left", nodule_radius=0.12)
    return DemoRecord(
        chance=chance,
        task=Task.BLANK_FILLING,
        modality=Modality.X_RAY,
        phantom=f"{before.name} + {after.name}",
        instruction=(
            "Two radiographs of one patient follow each other in time. Complete with 'larger', 'smaller' or "
            "'unchanged': in the second image the pulmonary nodule is ____."
        ),
        inputs=(before.pixels, after.pixels),
        answer="larger",
    )


def mri_comparison() -> DemoRecord:
    """What changed between two scans of one brain."""
    chance = Chance("question-answering/mri-comparison")
    before = mri.draw_brain(chance, weighting=mri.FLAIR, lesion="right", radius=0.08)
    after = mri.draw_brain(chance, weighting=mri.FLAIR, lesion="right", radius=0.16)
    return DemoRecord(
        chance=chance,
        task=Task.QUESTION_ANSWERING,
        modality=Modality.MRI,
        phantom=f"{before.name} + {after.name}",
        instruction=(
            "The first FLAIR image was taken at diagnosis, the second six months later. What has changed in the "
            "brain of this patient?"
        ),
        inputs=(before.pixels, after.pixels),
        answer="The lesion in the right frontal lobe and the oedema around it have grown.",
    )


def ultrasound_enhancement() -> DemoRecord:
    """Why tissue behind a cyst is bright."""
    chance = Chance("question-answering/ultrasound-enhancement")
    phantom = ultrasound.draw_liver(chance, cyst=True)
    return DemoRecord(
        chance=chance,
        task=Task.QUESTION_ANSWERING,
        modality=Modality.ULTRASOUND,
        phantom=phantom.name,
        instruction="Which structure in the liver makes the tissue behind it look brighter, and why?",
        inputs=(phantom.pixels,),
        answer="A simple cyst; its fluid attenuates sound little, which causes posterior acoustic enhancement.",
    )


def photo_papule_count() -> DemoRecord:
    """The number of papules."""
    chance = Chance("question-answering/photo-count")
    count = 5
    phantom = photo.draw_papules(chance, count=count, skin=photo.FAIR)
    return DemoRecord(
        chance=chance,
        task=Task.QUESTION_ANSWERING,
        modality=Modality.CLINICAL_PHOTOGRAPHY,
        phantom=phantom.name,
        instruction="How many raised red papules can be counted in this photograph?",
        inputs=(phantom.pixels,),
        answer=f"{count} papules",
    )


def pathology_missing_structure() -> DemoRecord:
    """What one field shows and another does not."""
    chance = Chance("question-answering/pathology-missing")
    first = pathology.draw_mucosa(Chance(f"{chance.name}/first"))
    second = pathology.draw_mucosa(Chance(f"{chance.name}/second"), glands=0)
    return DemoRecord(
        chance=chance,
        task=Task.QUESTION_ANSWERING,
        modality=Modality.PATHOLOGY,
        phantom=f"{first.name} + {second.name}",
        instruction="Which epithelial structures are present in the first H&E field and absent from the second?",
        inputs=(first.pixels, second.pixels),
        answer="Glands",
    )


ANSWERING: tuple[RecordMaker, ...] = (
    ct_lesion_count,
    mri_lesion_side,
    ultrasound_stone_absent,
    xray_nodule_course,
    mri_comparison,
    ultrasound_enhancement,
    photo_papule_count,
    pathology_missing_structure,
)
