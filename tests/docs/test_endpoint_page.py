"""The page on endpoints agrees with the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
import yaml
from pydantic_core import PydanticUndefined

from medgen_pytest.models import build_model, embedded_adapters
from medgen_pytest.models.openai_endpoint.chat_settings import ChatSettings
from medgen_pytest.models.openai_endpoint.image_models import image_model
from medgen_pytest.models.openai_endpoint.images_settings import ImagesSettings
from medgen_pytest.models.remote.fault import FaultKind
from medgen_pytest.models.remote.price import PriceSettings
from medgen_pytest.models.remote.settings import EndpointSettings
from tests.docs.pages import PAGES, ROOT, blocks_of, codes_in, table_of
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

PAGE = ROOT / "docs" / "endpoints.md"


def shown(info: FieldInfo) -> str:
    """A default as the table shows it: as YAML would."""
    value = info.default_factory() if info.default_factory is not None else info.default  # type: ignore[call-arg]  # plain factories
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value)}`" if isinstance(value, tuple) else f"`{value}`"


@pytest.mark.parametrize(
    ("heading", "kind", "base"),
    [
        ("setting of every endpoint", EndpointSettings, None),
        ("setting of `openai_chat`", ChatSettings, EndpointSettings),
        ("setting of `openai_images`", ImagesSettings, EndpointSettings),
    ],
)
def test_every_setting_stands_with_its_default(
    heading: str, kind: type[BaseModel], base: type[BaseModel] | None
) -> None:
    rows = table_of(PAGE, heading=heading)
    inherited = set(base.model_fields) if base else set()

    found = {codes_in(row[heading])[0]: row["default"] for row in rows}

    assert found == {name: shown(info) for name, info in kind.model_fields.items() if name not in inherited}
    assert all(row["meaning"] for row in rows)


def test_every_kind_of_fault_stands_in_the_table_of_retries() -> None:
    rows = table_of(PAGE, heading="fault")

    assert [codes_in(row["fault"])[0] for row in rows] == list(get_args(FaultKind))


def test_every_price_is_described() -> None:
    rows = table_of(PAGE, heading="price")

    assert [codes_in(row["price"])[0] for row in rows] == list(PriceSettings.model_fields)


@pytest.mark.parametrize("row", table_of(PAGE, heading="model"), ids=lambda row: row["model"])
def test_what_is_known_of_a_model_is_what_the_page_says(row: dict[str, str]) -> None:
    model = image_model(codes_in(row["model"])[0])

    assert row["edits"] == ("yes" if model.edits else "no")
    assert row["images at most"] == str(model.most_images or "")
    assert row["characters of the prompt at most"] == str(model.longest_prompt or "")
    assert row["sizes for `input`"] == ", ".join(model.sizes)


ENDPOINTS = {"openai_chat", "openai_images", "gemini", "imagen", "predictions", "http"}


def endpoints_in(value: object) -> Iterator[dict[str, object]]:
    """The settings of every model behind an endpoint, however deep they stand in an example."""
    if isinstance(value, dict):
        if value.get("adapter") in ENDPOINTS:
            yield value
        for item in value.values():
            yield from endpoints_in(item)


VARIABLE, ADDRESS = "${MEDGEN_FAKE_SERVER}", "http://127.0.0.1:8000"
"""What `medgen fake-server` sets for the command that it runs."""
EXAMPLES = [
    (block.where, number, settings)
    for page in PAGES
    for block in blocks_of(page)
    if block.language == "yaml"
    for number, settings in enumerate(endpoints_in(yaml.safe_load(block.text.replace(VARIABLE, ADDRESS))), 1)
]


@pytest.mark.parametrize(("where", "number", "settings"), EXAMPLES)
def test_every_endpoint_of_an_example_can_be_built(
    where: str, number: int, settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_adapter = {name: value for name, value in settings.items() if name not in {"adapter", "tiers", "repeats"}}
    if isinstance(key := settings.get("api_key_env"), str):
        monkeypatch.setenv(key, "a-key-of-this-test")

    model = build_model(
        f"{where} {number}".replace("/", ":"),
        adapter=str(settings["adapter"]),
        settings=of_adapter | ({"revision": "w1"} if "revision" in of_adapter else {}),
        context=context_of(every_task()),
        adapters=embedded_adapters(),
    )

    assert model.identity
