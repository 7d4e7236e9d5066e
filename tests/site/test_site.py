"""The documentation cannot be built with a link that leads nowhere; run by `tox -e docs`, where Sphinx is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INDEX = "# Index\n\n## Part\n\n| page | |\n|---|---|\n| [Page](page.md) | a page |\n"
PAGE = """\
# Page

## A part of it

The [index](index.md) has --flags; there are [this part](#a-part-of-it) and [rules](../pyproject.toml).
"""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A documentation of two pages, with the real configuration."""
    pytest.importorskip("sphinx", reason="Sphinx is in the environment `docs`")
    folder = tmp_path / "docs"
    folder.mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "docs" / "conf.py", folder)
    shutil.copytree(ROOT / "docs" / "_static", folder / "_static")
    (folder / "index.md").write_text(INDEX, encoding="utf-8")
    (folder / "page.md").write_text(PAGE, encoding="utf-8")
    return folder


def build(docs: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", *more, "-b", "html", "docs", "site"]
    return subprocess.run(command, cwd=docs.parent, capture_output=True, text=True, check=False, timeout=120)


def check(site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests" / "site" / "check_site.py"), str(site)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_pages_whose_links_are_right_make_a_site_with_each_of_them_in_its_navigation(docs: Path) -> None:
    done = build(docs)

    assert (done.returncode, done.stderr) == (0, "")
    page = (docs.parent / "site" / "page.html").read_text(encoding="utf-8")
    assert '<span class="caption-text">Part</span>' in page
    assert "has --flags" in page
    assert check(docs.parent / "site").returncode == 0


def test_each_link_that_leads_nowhere_is_told_and_ends_the_build(docs: Path) -> None:
    faults = "[a](missing.md) [b](index.md#no-heading) [c](#no-part) [d](../no_file.py)"
    (docs / "page.md").write_text(f"{PAGE}\n{faults}\n", encoding="utf-8")

    done = build(docs)

    assert done.returncode == 1
    for fault in ("missing.md", "no-heading", "no-part", "there is no file no_file.py in the repository"):
        assert fault in done.stderr


def test_a_page_that_the_index_does_not_list_ends_the_build(docs: Path) -> None:
    (docs / "another.md").write_text("# Another\n", encoding="utf-8")

    done = build(docs)

    assert done.returncode == 1
    assert "another.md" in done.stderr


def test_links_to_files_of_the_repository_lead_to_its_host_where_that_is_named(docs: Path) -> None:
    build(docs, "-D", "repository_url=https://code.example.org/blob/main")

    page = (docs.parent / "site" / "page.html").read_text(encoding="utf-8")
    assert 'href="https://code.example.org/blob/main/pyproject.toml"' in page


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ('<a href="nowhere.html">', "page.html: nowhere.html leads nowhere"),
        ('<a href="page.html#nowhere">', "page.html: page.html#nowhere leads nowhere"),
        ('<a href="http://example.org">', "page.html: http://example.org is no https link"),
        ('<script src="https://example.org/a.js">', "page.html: loads https://example.org/a.js"),
        ('<img src="nowhere.png">', "page.html: nowhere.png leads nowhere"),
    ],
)
def test_the_check_of_a_site_finds_what_is_wrong(tmp_path: Path, html: str, complaint: str) -> None:
    (tmp_path / "page.html").write_text(f'<p id="here"><a href="#here">{html}', encoding="utf-8")

    done = check(tmp_path)

    assert done.returncode == 1
    assert complaint in done.stdout.splitlines()
