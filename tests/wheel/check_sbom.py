"""Checks a list of components (CycloneDX) against the environment that it was made of.

    python tests/wheel/check_sbom.py SBOM ENVIRONMENT

Every package that is installed has to be in it, with its version and its address. Ends with exit code 1 and
one line otherwise.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path


def installed_in(environment: Path) -> dict[str, str]:
    """The versions of the packages of an environment, by their normalised names."""
    folders = [str(path) for path in environment.rglob("site-packages")]
    found = metadata.distributions(path=folders)
    return {_normal(each.metadata["Name"]): each.version for each in found}


def problem_of(sbom: Path, environment: Path) -> str | None:
    """What is wrong with a list of components; None if nothing is."""
    document = json.loads(sbom.read_text(encoding="utf-8"))
    if document.get("bomFormat") != "CycloneDX":
        return "it is no CycloneDX document"
    main = document["metadata"]["component"]
    components = [main, *document["components"]]
    listed = {_normal(each["name"]): each.get("version") for each in components}
    installed = installed_in(environment)
    if not installed or listed != installed:
        differing = sorted(name for name in {*listed, *installed} if listed.get(name) != installed.get(name))
        return f"it differs from what is installed in {differing[:5] or 'everything: nothing is installed'}"
    nameless = sorted(each["name"] for each in document["components"] if not each.get("purl"))
    return f"no address stands with {nameless[:5]}" if nameless else None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: list[str]) -> int:
    """Checks one list; the exit code."""
    problem = problem_of(*map(Path, arguments))
    if problem is not None:
        sys.stderr.write(f"wrong: {arguments[0]}: {problem}\n")
        return 1
    sys.stdout.write(f"{arguments[0]}: every installed package is listed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
