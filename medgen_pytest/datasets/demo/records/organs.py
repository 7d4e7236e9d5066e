"""Organ records: anatomy taken away, or brought back where a square hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo import marking
from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantom import Box, changed_box
from medgen_pytest.datasets.demo.phantoms import ct, mri, ultrasound, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker


def ct_kidney_removal() -> DemoRecord:
    """An abdomen without its right kidney."""
    chance = Chance("organic-removal/ct-kidney")
    present = ct.draw_abdomen(chance)
    absent = ct.draw_abdomen(chance, kidneys=("left",))
    return _removal(
        chance,
        modality=Modality.CT,
        present=present,
        absent=absent,
        request=(
            "Remove the right kidney, which lies within {box} of this axial CT slice, as after a nephrectomy. "
            "Fill its bed with retroperitoneal fat and say what was removed."
        ),
        answer=(
            "The right kidney was removed and its bed filled with retroperitoneal fat; the liver, the left kidney and "
            "the great vessels are unchanged."
        ),
    )


def ultrasound_stone_removal() -> DemoRecord:
    """A gallbladder without its stone and the stone's shadow."""
    chance = Chance("organic-removal/ultrasound-stone")
    present = ultrasound.draw_gallbladder(chance, stones=1)
    absent = ultrasound.draw_gallbladder(chance)
    return _removal(
        chance,
        modality=Modality.ULTRASOUND,
        present=present,
        absent=absent,
        request=(
            "Remove the gallstone together with the acoustic shadow that it casts, both within {box} of this "
            "ultrasound image. Show the gallbladder as it would look without the stone, and name what was removed."
        ),
        answer=(
            "The echogenic gallstone and its posterior acoustic shadow were removed; the gallbladder lumen is now "
            "anechoic throughout and the tissue behind it shows normal echoes."
        ),
    )


def xray_heart_reconstruction() -> DemoRecord:
    """The left border of the heart, hidden by a square."""
    chance = Chance("organic-reconstruction/xray-heart")
    phantom = xray.draw_chest(chance)
    return _reconstruction(
        chance,
        modality=Modality.X_RAY,
        phantom=phantom,
        box=Box(left=94, top=94, right=133, bottom=133),
        subject="frontal chest radiograph",
        answer=(
            "The square hid the left border of the heart and the adjoining left lower lung with its ribs. After "
            "reconstruction the cardiac silhouette is continuous and of normal width."
        ),
    )


def mri_ventricle_reconstruction() -> DemoRecord:
    """The frontal horns, hidden by a square."""
    chance = Chance("organic-reconstruction/mri-ventricles")
    phantom = mri.draw_brain(chance, weighting=mri.T2)
    return _reconstruction(
        chance,
        modality=Modality.MRI,
        phantom=phantom,
        box=Box(left=56, top=48, right=87, bottom=79),
        subject="T2-weighted brain MRI",
        answer=(
            "The square hid the frontal horns of both lateral ventricles with the heads of the caudate nuclei beside "
            "them. After reconstruction the horns are symmetric and filled with bright cerebrospinal fluid."
        ),
    )


def _removal(
    chance: Chance, *, modality: Modality, present: Phantom, absent: Phantom, request: str, answer: str
) -> DemoRecord:
    box = changed_box(present.pixels, absent.pixels)
    return DemoRecord(
        chance=chance,
        task=Task.ORGANIC_REMOVAL,
        modality=modality,
        phantom=present.name,
        subtask="Structure removal",
        instruction=request.format(box=box.words),
        inputs=(present.pixels,),
        target=absent.pixels,
        answer=answer,
        facts={"box": [box.left, box.top, box.right, box.bottom]},
    )


def _reconstruction(
    chance: Chance, *, modality: Modality, phantom: Phantom, box: Box, subject: str, answer: str
) -> DemoRecord:
    return DemoRecord(
        chance=chance,
        task=Task.ORGANIC_RECONSTRUCTION,
        modality=modality,
        phantom=phantom.name,
        subtask="Structure reconstruction",
        instruction=(
            f"In this {subject} the area of {box.words} was blanked out in black. Reconstruct the anatomy behind the "
            "square so that it joins its surroundings, and describe what it shows."
        ),
        inputs=(marking.with_blank(phantom.pixels, box),),
        target=phantom.pixels,
        answer=answer,
        facts={"box": [box.left, box.top, box.right, box.bottom]},
    )


ORGANS: tuple[RecordMaker, ...] = (
    ct_kidney_removal,
    ultrasound_stone_removal,
    xray_heart_reconstruction,
    mri_ventricle_reconstruction,
)
