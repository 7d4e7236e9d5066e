"""Display records: the same phantom in other colours, in another stain, or with a structure marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo import marking, recolouring
from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import ct, mri, pathology, photo, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker


def ct_jet() -> DemoRecord:
    """An abdomen in the colours of jet."""
    chance = Chance("style-transfer/ct-jet")
    return _colour_map(
        chance, modality=Modality.CT, phantom=ct.draw_abdomen(chance), colours="jet", subject="abdominal CT slice"
    )


def xray_bone() -> DemoRecord:
    """A radiograph in the colours of bone, near to grey."""
    chance = Chance("style-transfer/xray-bone")
    return _colour_map(
        chance, modality=Modality.X_RAY, phantom=xray.draw_chest(chance), colours="bone", subject="chest radiograph"
    )


def pathology_stain() -> DemoRecord:
    """H&E tissue with another counterstain."""
    chance = Chance("style-transfer/pathology-light-green")
    eosin = pathology.draw_mucosa(chance)
    green = pathology.draw_mucosa(chance, stain=pathology.LIGHT_GREEN)
    return DemoRecord(
        chance=chance,
        task=Task.STYLE_TRANSFER,
        modality=Modality.PATHOLOGY,
        phantom=eosin.name,
        subtask="Dye style",
        instruction=(
            "Virtually restain this H&E field of glandular mucosa: replace eosin by light green as the counterstain. "
            "Stroma and cytoplasm turn green, nuclei keep their haematoxylin, and no gland or nucleus may move."
        ),
        inputs=(eosin.pixels,),
        target=green.pixels,
    )


def ct_lesion_box() -> DemoRecord:
    """The only metastasis of a liver in a red box."""
    chance = Chance("anatomical-annotation/ct-box")
    phantom = ct.draw_abdomen(chance, metastases=1)
    box = phantom.box("metastasis 1")
    return DemoRecord(
        chance=chance,
        task=Task.ANATOMICAL_ANNOTATION,
        modality=Modality.CT,
        phantom=phantom.name,
        subtask="Region-based Annotations",
        instruction=(
            "One hypodense lesion lies in the liver on this contrast-enhanced CT slice. Frame it with a red box, two "
            "pixels wide and tight around the lesion, and change nothing else."
        ),
        inputs=(phantom.pixels,),
        target=marking.with_box(phantom.pixels, box, colour="red", width=2),
        facts={"box": [box.left, box.top, box.right, box.bottom]},
    )


def mri_lesion_contour() -> DemoRecord:
    """A brain tumour outlined in yellow."""
    chance = Chance("anatomical-annotation/mri-contour")
    phantom = mri.draw_brain(chance, weighting=mri.FLAIR, lesion="right", radius=0.15)
    return _contour(
        chance,
        modality=Modality.MRI,
        phantom=phantom,
        colour="yellow",
        request=(
            "Trace the bright core of the tumour in the right frontal lobe on this FLAIR image with a yellow contour; "
            "the surrounding oedema stays outside the line."
        ),
    )


def photo_lesion_contour() -> DemoRecord:
    """A naevus outlined in green."""
    chance = Chance("anatomical-annotation/photo-contour")
    phantom = photo.draw_naevus(chance, skin=photo.OLIVE)
    return _contour(
        chance,
        modality=Modality.CLINICAL_PHOTOGRAPHY,
        phantom=phantom,
        colour="green",
        request="Outline the border of the pigmented lesion in this photograph with a green contour.",
    )


def _colour_map(chance: Chance, *, modality: Modality, phantom: Phantom, colours: str, subject: str) -> DemoRecord:
    return DemoRecord(
        chance=chance,
        task=Task.STYLE_TRANSFER,
        modality=modality,
        phantom=phantom.name,
        subtask="Programmatic style",
        instruction=(
            f"Recolour this grey-scale {subject} with the '{colours}' colour map, so that the darkest grey takes the "
            "first colour of the map and the brightest grey the last one."
        ),
        inputs=(phantom.pixels,),
        target=recolouring.COLOUR_MAPS[colours](phantom.pixels),
    )


def _contour(chance: Chance, *, modality: Modality, phantom: Phantom, colour: str, request: str) -> DemoRecord:
    box = phantom.box("lesion")
    return DemoRecord(
        chance=chance,
        task=Task.ANATOMICAL_ANNOTATION,
        modality=modality,
        phantom=phantom.name,
        subtask="Contour Annotations",
        instruction=f"{request} The line is two pixels wide; all other pixels keep their values.",
        inputs=(phantom.pixels,),
        target=marking.with_contour(phantom.pixels, phantom.mask("lesion"), colour=colour, width=2),
        facts={"box": [box.left, box.top, box.right, box.bottom]},
    )


DISPLAY: tuple[RecordMaker, ...] = (
    ct_jet,
    xray_bone,
    pathology_stain,
    ct_lesion_box,
    mri_lesion_contour,
    photo_lesion_contour,
)
