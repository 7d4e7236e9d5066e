"""Lists of models, as OpenAI and Google give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.fake_server.wire.endpoint import CREATED

if TYPE_CHECKING:
    from collections.abc import Sequence

_GOOGLE = "google"


def list_models(names: Sequence[str], *, dialect: str) -> dict[str, object]:
    """The list of models."""
    shown = [show_model(name, dialect=dialect) for name in names]
    return {"models": shown} if dialect == _GOOGLE else {"object": "list", "data": shown}


def show_model(name: str, *, dialect: str) -> dict[str, object]:
    """One model."""
    if dialect == _GOOGLE:
        methods = ["predict"] if "imagen" in name else ["generateContent"]
        return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": methods}
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "medgen-fake-server"}
