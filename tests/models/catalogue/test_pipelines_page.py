"""The page of the catalogue names every system and provider, as they are."""

from __future__ import annotations

from medgen_pytest.models.catalogue.systems import load_catalogue
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
CATALOGUE = load_catalogue()


def test_the_page_lists_every_system() -> None:
    for name, system in CATALOGUE.systems.items():
        at = f" at `{system.provider}`" if system.provider else ""
        row = f"| `{name}` | {system.title} | {', '.join(system.makes)} | `{system.adapter}`{at} |"
        assert row in PAGE


def test_the_page_lists_every_provider() -> None:
    for name, provider in CATALOGUE.providers.items():
        key = f"`{provider.api_key_env}`" if provider.api_key_env else "none"
        assert f"| `{name}` | `{provider.base_url}` | {key} |" in PAGE


def test_the_page_names_every_member_of_the_papers_pairs() -> None:
    for row in CATALOGUE.table3:
        for member in CATALOGUE.members(row.entry):
            assert f"`{member}`" in PAGE
