"""The copy: returns its input, which is what every editing model must at least beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ModelError
from medgen_pytest.models.settings import NoSettings, parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext


class CopyInput:
    """A model that answers with the first input image and the instruction."""

    immediate = True

    @property
    def identity(self) -> Mapping[str, object]:
        """The adapter alone."""
        return {"adapter": "copy-input", "version": 1}

    def answer(self, request: Request) -> ModelOutput:
        """The first input image where an image is due, the instruction where text is due."""
        if request.format.wants_image and not request.inputs:
            raise ModelError(f"{request.sample_id} has no input image to copy")
        return ModelOutput(
            text=request.instruction if request.format.wants_text else None,
            image=request.inputs[0].array() if request.format.wants_image else None,
        )


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> CopyInput:  # noqa: ARG001 - a ModelFactory
    """The copying model; it has no settings."""
    parse_settings(NoSettings, settings, name=name, adapter="copy-input")
    return CopyInput()
