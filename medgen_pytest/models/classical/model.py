"""The classical model: a fair baseline that answers every task without having learned anything."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import MissingExtraError, ModelError
from medgen_pytest.models.classical.sentences import answer_text
from medgen_pytest.models.settings import NoSettings, parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext

VERSION = 1
"""Raised when an answer can change."""


class Classical:
    """A model that works from task, instruction and input images alone; the same request, the same answer."""

    immediate = True

    def __init__(self, *, opencv: str) -> None:
        self._opencv = opencv

    @property
    def identity(self) -> Mapping[str, object]:
        """The version of the methods and of OpenCV, which can change pixels."""
        return {"adapter": "classical", "version": VERSION, "opencv": self._opencv}

    def answer(self, request: Request) -> ModelOutput:
        """Image and text, each where it is due. Raises ModelError without an input image to work on."""
        from medgen_pytest.models.classical.methods import solve

        image = None
        if request.wants_image:
            if not request.inputs:
                raise ModelError(f"{request.sample_id} has no input image to work on")
            image = solve(request.task, [source.array() for source in request.inputs], request.instruction)
        return ModelOutput(text=answer_text(request) if request.wants_text else None, image=image)


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> Classical:  # noqa: ARG001 - a ModelFactory
    """The classical model; it has no settings. Raises MissingExtraError without OpenCV."""
    parse_settings(NoSettings, settings, name=name, adapter="classical")
    try:
        opencv = import_module("cv2")
    except ImportError as error:
        raise MissingExtraError(
            need="the model adapter 'classical'", package="opencv-python-headless", extra="classical"
        ) from error
    return Classical(opencv=str(opencv.__version__))
