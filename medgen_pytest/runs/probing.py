"""Probing: whether the endpoint of a model is there, tried in a limited time and without spending anything."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from medgen_pytest.engine.answer import describe
from medgen_pytest.models.contract import ConnectedModel

if TYPE_CHECKING:
    from medgen_pytest.models.contract import ProbedModel

PROBE_SECONDS = 10.0
"""How long an endpoint has to show that it is there."""


async def probe(model: ProbedModel, *, seconds: float = PROBE_SECONDS) -> str | None:
    """What is wrong with the key or the address of a model, in one line; its connections are closed again."""
    try:
        return await asyncio.wait_for(model.probe(), seconds)
    except asyncio.TimeoutError:
        return f"its endpoint did not reply within {seconds:g} s"
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, its endpoint cannot be reached
        return describe(error)
    finally:
        if isinstance(model, ConnectedModel):
            with suppress(Exception):  # connections that cannot be closed any more
                await model.aclose()
