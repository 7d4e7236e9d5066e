"""The pages on packaging and releasing, the changelog and the citation agree with the project."""

from __future__ import annotations

import re

import yaml

from tests.docs.pages import ROOT, codes_in, table_of
from tests.packaging.test_versions import lowest, project

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_page_names_the_lowest_version_of_each_dependency() -> None:
    rows = table_of(ROOT / "docs" / "packaging.md", heading="dependency")

    assert {codes_in(row["dependency"])[0]: row["lowest"] for row in rows} == {
        name: _as_stated(name) for name in lowest()
    }


def _as_stated(name: str) -> str:
    extras = project()["optional-dependencies"]
    texts: list[str] = [*project()["dependencies"], *extras["parquet"], *extras["classical"]]
    return next(text.partition(">=")[2] for text in texts if text.startswith(f"{name}>="))


def test_the_changelog_has_the_form_that_it_names() -> None:
    headings = re.findall(r"^(#{2,3}) (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    versions = [text for level, text in headings if level == "##"]
    form = r"\[(\d+\.\d+\.\d+|Unreleased)\]( - (\d{4}-\d{2}-\d{2}|unreleased))?"
    assert versions
    assert all(re.fullmatch(form, version) for version in versions)
    assert {text for level, text in headings if level == "###"} <= KINDS


def test_the_citation_names_this_version_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    (paper,) = citation["references"]
    assert (citation["title"], citation["version"]) == (project()["name"], project()["version"])
    assert citation["license"] == project()["license"]
    assert paper["url"].endswith("2511.13135")
    assert len(paper["authors"]) == 11
