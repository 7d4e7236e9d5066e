"""The page on these adapters agrees with the code."""

from __future__ import annotations

import pytest
import yaml

from medgen_pytest.models import build_model, embedded_adapters
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.wire.gemini_settings import GeminiSettings
from medgen_pytest.models.wire.http_settings import HttpSettings, ReplyPaths
from medgen_pytest.models.wire.imagen import ImagenSettings
from medgen_pytest.models.wire.placeholders import OF_REQUEST, OF_SETTINGS
from medgen_pytest.models.wire.predictions_settings import PredictionsSettings
from tests.docs.pages import ROOT, blocks_of, codes_in, prose_of
from tests.models.samples import context_of, every_task

PAGE = ROOT / "docs" / "endpoints-other.md"
SECTIONS: dict[str, type[EndpointSettings]] = {
    "## Gemini\n": GeminiSettings,
    "## Imagen\n": ImagenSettings,
    "## Predictions\n": PredictionsSettings,
    "## Endpoints of your own\n": HttpSettings,
}


def first_column(text: str, *, heading: str) -> list[str]:
    """The codes in the first column of the first table with that heading."""
    rows = text[text.index(f"| {heading} |") :].partition("\n\n")[0].splitlines()[2:]
    return [code for row in rows for code in codes_in(row.split("|")[1])]


@pytest.mark.parametrize("heading", SECTIONS, ids=str.strip)
def test_every_setting_of_its_own_stands_in_the_section_of_an_adapter(heading: str) -> None:
    section = prose_of(PAGE).partition(heading)[2].partition("\n## ")[0]
    kind = SECTIONS[heading]

    assert first_column(section, heading="setting") == [
        name for name in kind.model_fields if name not in EndpointSettings.model_fields
    ]


def test_every_path_stands_in_its_table() -> None:
    assert first_column(prose_of(PAGE), heading="in `reply`") == list(ReplyPaths.model_fields)


def test_every_placeholder_stands_in_its_table() -> None:
    found = first_column(prose_of(PAGE), heading="placeholder")

    assert sorted(found) == sorted(f"{{{name}}}" for name in OF_REQUEST | OF_SETTINGS)


def test_every_model_of_the_page_can_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "REPLICATE_API_TOKEN", "CLOUD_TOKEN"):
        monkeypatch.setenv(name, "no-key-at-all")
    described = [yaml.safe_load(block.text)["models"] for block in blocks_of(PAGE) if block.language == "yaml"]

    for name, settings in (item for models in described for item in models.items()):
        adapter = settings.pop("adapter")
        model = build_model(
            name, adapter=adapter, settings=settings, context=context_of(every_task()), adapters=embedded_adapters()
        )
        assert model.identity["adapter"] == adapter
