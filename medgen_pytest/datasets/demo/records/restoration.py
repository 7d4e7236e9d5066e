"""Restoration records: the input is a degraded phantom, the target the clean one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo import degrading
from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import ct, mri, pathology, photo, ultrasound, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker


def ct_rings() -> DemoRecord:
    """Strong ring artefacts over an abdomen."""
    chance = Chance("artifact-removal/ct-rings")
    clean = ct.draw_abdomen(chance)
    return DemoRecord(
        chance=chance,
        task=Task.ARTIFACT_REMOVAL,
        modality=Modality.CT,
        phantom=clean.name,
        subtask="Ring artifact",
        instruction=(
            "Miscalibrated detector channels have left concentric ring artifacts, centred on the middle of this "
            "abdominal CT slice. Take the rings out and leave organ borders and noise texture as they are."
        ),
        inputs=(degrading.with_rings(chance, clean.pixels, strength=0.085),),
        target=clean.pixels,
    )


def mri_ghosts() -> DemoRecord:
    """Motion ghosts along the phase direction of a brain."""
    chance = Chance("artifact-removal/mri-ghosts")
    clean = mri.draw_brain(chance, weighting=mri.T2)
    return DemoRecord(
        chance=chance,
        task=Task.ARTIFACT_REMOVAL,
        modality=Modality.MRI,
        phantom=clean.name,
        subtask="Motion artifact",
        instruction=(
            "The patient moved during this T2-weighted brain MRI: fainter copies of the head are displaced "
            "vertically along the phase-encoding direction. Remove the motion ghosts so that every contour "
            "appears once."
        ),
        inputs=(degrading.with_ghosts(clean.pixels, shift=9, share=0.2),),
        target=clean.pixels,
    )


def photo_hairs() -> DemoRecord:
    """Hairs that lie across a pigmented lesion."""
    chance = Chance("artifact-removal/photo-hairs")
    clean = photo.draw_naevus(chance)
    hairy = photo.draw_naevus(chance, hairs=8)
    return DemoRecord(
        chance=chance,
        task=Task.ARTIFACT_REMOVAL,
        modality=Modality.CLINICAL_PHOTOGRAPHY,
        phantom=clean.name,
        subtask="Hair artifact",
        instruction=(
            "Dark hairs cross the pigmented lesion and the skin around it in this clinical photograph. Remove the "
            "hairs and restore what lies beneath them without smoothing the border of the lesion."
        ),
        inputs=(hairy.pixels,),
        target=clean.pixels,
    )


def ct_gaussian_noise() -> DemoRecord:
    """A low-dose chest with moderate additive noise."""
    chance = Chance("noise-reconstruction/ct-gaussian")
    clean = ct.draw_chest(chance, nodule="right")
    return DemoRecord(
        chance=chance,
        task=Task.NOISE_RECONSTRUCTION,
        modality=Modality.CT,
        phantom=clean.name,
        subtask="Gaussian noise",
        instruction=(
            "This chest CT was acquired with a very low dose, and Gaussian noise of the same strength lies over lung "
            "and mediastinum. Denoise the slice; small vessels must stay visible."
        ),
        inputs=(degrading.with_gaussian_noise(chance, clean.pixels, deviation=14.0),),
        target=clean.pixels,
    )


def mri_gaussian_noise() -> DemoRecord:
    """A brain with mild additive noise, hardly worse than its target."""
    chance = Chance("noise-reconstruction/mri-gaussian")
    clean = mri.draw_brain(chance, weighting=mri.T1)
    return DemoRecord(
        chance=chance,
        task=Task.NOISE_RECONSTRUCTION,
        modality=Modality.MRI,
        phantom=clean.name,
        subtask="Gaussian noise",
        instruction=(
            "A slight Gaussian grain lies over this T1-weighted brain MRI. Reduce the noise and keep the border "
            "between grey and white matter sharp."
        ),
        inputs=(degrading.with_gaussian_noise(chance, clean.pixels, deviation=4.0),),
        target=clean.pixels,
    )


def ultrasound_speckle() -> DemoRecord:
    """A kidney under strong multiplicative speckle on top of its own."""
    chance = Chance("noise-reconstruction/ultrasound-speckle")
    clean = ultrasound.draw_kidney(chance)
    return DemoRecord(
        chance=chance,
        task=Task.NOISE_RECONSTRUCTION,
        modality=Modality.ULTRASOUND,
        phantom=clean.name,
        subtask="Speckle noise",
        instruction=(
            "Additional multiplicative speckle noise degrades this ultrasound image of the kidney. Suppress it so "
            "that cortex, pyramids and central sinus can be told apart again."
        ),
        inputs=(degrading.with_speckle(chance, clean.pixels, strength=0.3),),
        target=clean.pixels,
    )


def mri_double_resolution() -> DemoRecord:
    """A brain at half of its resolution."""
    chance = Chance("resolution-editing/mri-x2")
    return _low_resolution(
        chance,
        modality=Modality.MRI,
        phantom=mri.draw_brain(chance, weighting=mri.FLAIR, lesion="left"),
        factor=2,
        subject="FLAIR image of the brain",
    )


def pathology_triple_resolution() -> DemoRecord:
    """Stained tissue at a third of its resolution."""
    chance = Chance("resolution-editing/pathology-x3")
    return _low_resolution(
        chance,
        modality=Modality.PATHOLOGY,
        phantom=pathology.draw_mucosa(chance),
        factor=3,
        subject="H&E field of glandular mucosa",
    )


def xray_double_resolution() -> DemoRecord:
    """A chest radiograph, smooth by nature, at half of its resolution."""
    chance = Chance("resolution-editing/xray-x2")
    return _low_resolution(
        chance,
        modality=Modality.X_RAY,
        phantom=xray.draw_chest(chance, nodule="right"),
        factor=2,
        subject="frontal chest radiograph",
    )


def xray_low_contrast() -> DemoRecord:
    """A radiograph that has kept little of its contrast."""
    chance = Chance("contrast-enhancement/xray")
    clean = xray.draw_chest(chance, effusion="left")
    return DemoRecord(
        chance=chance,
        task=Task.CONTRAST_ENHANCEMENT,
        modality=Modality.X_RAY,
        phantom=clean.name,
        subtask="Contrast Enhancement",
        instruction=(
            "This chest radiograph is flat: lung, ribs and heart share a narrow range of grey levels. Restore the "
            "full contrast so that the left costophrenic angle can be judged."
        ),
        inputs=(degrading.with_low_contrast(clean.pixels, factor=0.35, grey=0.55),),
        target=clean.pixels,
    )


def ultrasound_low_contrast() -> DemoRecord:
    """A liver scanned with too little dynamic range."""
    chance = Chance("contrast-enhancement/ultrasound")
    clean = ultrasound.draw_liver(chance, cyst=True)
    return DemoRecord(
        chance=chance,
        task=Task.CONTRAST_ENHANCEMENT,
        modality=Modality.ULTRASOUND,
        phantom=clean.name,
        subtask="Contrast Enhancement",
        instruction=(
            "The display curve of this liver ultrasound was set badly and everything looks grey. Enhance the contrast "
            "until the fluid of the cyst is black and the diaphragm bright, as on a well adjusted scanner."
        ),
        inputs=(degrading.with_low_contrast(clean.pixels, factor=0.5, grey=0.45),),
        target=clean.pixels,
    )


def photo_low_contrast() -> DemoRecord:
    """A slightly veiled photograph, near to its target."""
    chance = Chance("contrast-enhancement/photo")
    clean = photo.draw_naevus(chance, skin=photo.OLIVE, radius=0.34)
    return DemoRecord(
        chance=chance,
        task=Task.CONTRAST_ENHANCEMENT,
        modality=Modality.CLINICAL_PHOTOGRAPHY,
        phantom=clean.name,
        subtask="Contrast Enhancement",
        instruction=(
            "Stray light has veiled this photograph of a pigmented lesion a little. Increase the contrast "
            "moderately; the colours of the lesion must stay believable."
        ),
        inputs=(degrading.with_low_contrast(clean.pixels, factor=0.88, grey=0.55),),
        target=clean.pixels,
    )


def _low_resolution(chance: Chance, *, modality: Modality, phantom: Phantom, factor: int, subject: str) -> DemoRecord:
    width, height = phantom.size
    return DemoRecord(
        chance=chance,
        task=Task.RESOLUTION_EDITING,
        modality=modality,
        phantom=phantom.name,
        subtask=f"x{factor} Super-resolution",
        instruction=(
            f"This {subject} was saved at 1/{factor} of its resolution. Bring it back to {width}x{height} pixels "
            "with crisp borders, and add no structure that the small image does not support."
        ),
        inputs=(degrading.shrunk(phantom.pixels, factor=factor),),
        target=phantom.pixels,
    )


RESTORATION: tuple[RecordMaker, ...] = (
    ct_rings,
    mri_ghosts,
    photo_hairs,
    ct_gaussian_noise,
    mri_gaussian_noise,
    ultrasound_speckle,
    mri_double_resolution,
    pathology_triple_resolution,
    xray_double_resolution,
    xray_low_contrast,
    ultrasound_low_contrast,
    photo_low_contrast,
)
