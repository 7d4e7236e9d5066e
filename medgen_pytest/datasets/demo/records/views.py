"""View records: the same anatomy in other grey values, mirrored, projected or seen from the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo import projecting, recolouring
from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import ct, mri, pathology, ultrasound, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker


def mri_gamma() -> DemoRecord:
    """A brain brightened along a gamma curve."""
    chance = Chance("instruction-editing/mri-gamma")
    phantom = mri.draw_brain(chance, weighting=mri.T1)
    return DemoRecord(
        chance=chance,
        task=Task.INSTRUCTION_EDITING,
        modality=Modality.MRI,
        phantom=phantom.name,
        subtask="Intensity edit",
        instruction=(
            "Apply a gamma of 0.7 to this T1-weighted brain MRI so that its darker tissue gains brightness, and say "
            "what the edit does to cerebrospinal fluid and to fat."
        ),
        inputs=(phantom.pixels,),
        target=recolouring.with_gamma(phantom.pixels, gamma=0.7),
        answer=(
            "With a gamma of 0.7 the dark cerebrospinal fluid and the cortex become brighter, the bright "
            "subcutaneous fat hardly changes, and all anatomical borders stay where they were."
        ),
    )


def xray_mirror() -> DemoRecord:
    """A radiograph that was hung the wrong way round."""
    chance = Chance("instruction-editing/xray-mirror")
    phantom = xray.draw_chest(chance, nodule="left")
    return DemoRecord(
        chance=chance,
        task=Task.INSTRUCTION_EDITING,
        modality=Modality.X_RAY,
        phantom=phantom.name,
        subtask="Geometric edit",
        instruction=(
            "This chest radiograph is displayed the wrong way round: the letter L is reversed and the heart points to "
            "the viewer's left. Mirror the image left to right and state in which of the patient's lungs the nodule "
            "lies."
        ),
        inputs=(phantom.pixels[:, ::-1].copy(),),
        target=phantom.pixels,
        answer=(
            "After mirroring, the marker L is legible, the cardiac apex points to the patient's left, and the nodule "
            "lies in the left lung."
        ),
    )


def ct_inversion() -> DemoRecord:
    """A chest slice with its grey scale turned over."""
    chance = Chance("instruction-editing/ct-inversion")
    phantom = ct.draw_chest(chance)
    return DemoRecord(
        chance=chance,
        task=Task.INSTRUCTION_EDITING,
        modality=Modality.CT,
        phantom=phantom.name,
        subtask="Intensity edit",
        instruction=(
            "Invert the grey scale of this chest CT slice, as for a negative display, and describe how lung and bone "
            "appear afterwards."
        ),
        inputs=(phantom.pixels,),
        target=recolouring.inverted(phantom.pixels),
        answer=(
            "The grey scale is inverted: aerated lung is now bright, bone and soft tissue are dark, and the pulmonary "
            "vessels appear as dark branches. No structure has moved."
        ),
    )


def ct_projection() -> DemoRecord:
    """Three abdominal levels and their maximum."""
    chance = Chance("3d-to-2d-projection/ct")
    slices = [ct.draw_abdomen(chance, level=level) for level in (-1.0, 0.0, 1.0)]
    return _projection(
        chance,
        modality=Modality.CT,
        slices=slices,
        subject="contrast-enhanced abdominal CT",
        answer=(
            "The projection keeps the brightest value of the three slices: bone, aorta and renal cortex dominate, "
            "and a vessel that is cut by one slice only stays visible, while its depth can no longer be told."
        ),
    )


def mri_projection() -> DemoRecord:
    """Three slices of an angiogram and their maximum."""
    chance = Chance("3d-to-2d-projection/mri-angiogram")
    slices = [mri.draw_angiogram(chance, level=level) for level in (-1.0, 0.0, 1.0)]
    return _projection(
        chance,
        modality=Modality.MRI,
        slices=slices,
        subject="time-of-flight MR angiogram",
        answer=(
            "The projection shows the arteries of all three slices together: the circle of Willis with the anterior, "
            "middle and posterior cerebral arteries on both sides, against suppressed brain tissue."
        ),
    )


def pathology_oblique() -> DemoRecord:
    """A stained section as a tilted plane."""
    chance = Chance("2d-to-3d-reconstruction/pathology")
    return _oblique(
        chance,
        modality=Modality.PATHOLOGY,
        phantom=pathology.draw_mucosa(chance),
        subject="H&E section",
        answer=(
            "The section is shown as an inclined plane whose right edge is nearest to the viewer: the glands on the "
            "right look larger than those on the left, and their order is unchanged."
        ),
    )


def ultrasound_oblique() -> DemoRecord:
    """A scan plane as it lies in a volume."""
    chance = Chance("2d-to-3d-reconstruction/ultrasound")
    return _oblique(
        chance,
        modality=Modality.ULTRASOUND,
        phantom=ultrasound.draw_liver(chance, cyst=True),
        subject="ultrasound scan plane",
        answer=(
            "The scan plane is shown obliquely with its right edge nearest to the viewer: the sector narrows towards "
            "the left, and the anechoic cyst stays in the middle of the liver."
        ),
    )


def _projection(chance: Chance, *, modality: Modality, slices: list[Phantom], subject: str, answer: str) -> DemoRecord:
    stack = [phantom.pixels for phantom in slices]
    return DemoRecord(
        chance=chance,
        task=Task.PROJECTION_3D_TO_2D,
        modality=modality,
        phantom=slices[0].name,
        subtask="Maximum intensity projection",
        instruction=(
            f"Three neighbouring slices of a {subject} stand side by side, the lowest on the left. Compute the "
            "maximum intensity projection along the stack, at the size of one slice, and state what stands out in it."
        ),
        inputs=(projecting.strip(stack),),
        target=projecting.maximum_intensity(stack),
        answer=answer,
    )


def _oblique(chance: Chance, *, modality: Modality, phantom: Phantom, subject: str, answer: str) -> DemoRecord:
    return DemoRecord(
        chance=chance,
        task=Task.RECONSTRUCTION_2D_TO_3D,
        modality=modality,
        phantom=phantom.name,
        subtask="Oblique rendering",
        instruction=(
            f"Turn this {subject} into an oblique three-dimensional view on a black background, with its right edge "
            "near to the viewer and its left edge far away, and explain the view in one sentence."
        ),
        inputs=(phantom.pixels,),
        target=projecting.oblique(phantom.pixels),
        answer=answer,
    )


VIEWS: tuple[RecordMaker, ...] = (
    mri_gamma,
    xray_mirror,
    ct_inversion,
    ct_projection,
    mri_projection,
    pathology_oblique,
    ultrasound_oblique,
)
