"""The oracle: answers with the reference itself, which proves that everything around a model works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ModelError
from medgen_pytest.models.settings import NoSettings, parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.contracts import Dataset
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext


class Oracle:
    """A model that knows the dataset; every metric must call it perfect."""

    immediate = True

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @property
    def identity(self) -> Mapping[str, object]:
        """The adapter alone: the references enter through the digest of the sample."""
        return {"adapter": "oracle", "version": 1}

    def answer(self, request: Request) -> ModelOutput:
        """Text and image of the sample's target. Raises ModelError when the dataset lacks what is due."""
        try:
            target = self._dataset.get(request.sample_id).target
        except KeyError as error:
            raise ModelError(f"the oracle's dataset has no sample {request.sample_id!r}") from error
        lacking = [
            part
            for part, due, value in (
                ("text", request.wants_text, target.text),
                ("image", request.wants_image, target.image),
            )
            if due and value is None
        ]
        if lacking:
            raise ModelError(f"{request.sample_id} has no reference {' and '.join(lacking)} for the oracle to return")
        image = target.image.array() if target.image and request.wants_image else None
        return ModelOutput(text=target.text if request.wants_text else None, image=image)


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> Oracle:
    """The oracle of the context's dataset; it has no settings."""
    parse_settings(NoSettings, settings, name=name, adapter="oracle")
    return Oracle(context.dataset)
