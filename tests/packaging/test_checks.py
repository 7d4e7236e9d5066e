"""The checks of archives and of the list of components fail where something is wrong."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.wheel.check_archives import ArchiveError, check_nothing_private, check_same
from tests.wheel.check_sbom import problem_of


def wheel_of(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def sbom_of(folder: Path, *components: tuple[str, str]) -> Path:
    listed = [{"name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"} for name, version in components]
    document = {"bomFormat": "CycloneDX", "metadata": {"component": listed[0]}, "components": listed[1:]}
    path = folder / "sbom.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def environment_of(folder: Path, *packages: tuple[str, str]) -> Path:
    for name, version in packages:
        place = folder / "lib" / "site-packages" / f"{name}-{version}.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a__py": f"key = 'sk-{'a' * 40}'"}, "looks like a key"),
        ({"a__py": f"root = {str(Path(__file__).resolve().parents[2])!r}"}, "a path of this machine"),
        ({"weights__pth": "0"}, "which is no source"),
        ({"a__py": "0" * 1_000_001}, "which is no source"),
    ],
)
def test_what_does_not_belong_into_an_archive_is_named(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    wheel = wheel_of(tmp_path / "a.whl", **files)

    with pytest.raises(ArchiveError, match=reason):
        check_nothing_private(wheel)


def test_wheels_that_differ_are_told_with_what_differs(tmp_path: Path) -> None:
    one, other = wheel_of(tmp_path / "1.whl", a__py="1", b__py="1"), wheel_of(tmp_path / "2.whl", a__py="1", b__py="2")

    with pytest.raises(ArchiveError, match=r"differ in \['b\.py'\]"):
        check_same(one, other)


def test_a_list_of_components_has_to_name_what_is_installed(tmp_path: Path) -> None:
    environment = environment_of(tmp_path, ("ours", "1.0"), ("numpy", "2.0"))

    assert problem_of(sbom_of(tmp_path, ("ours", "1.0"), ("numpy", "2.0")), environment) is None
    assert problem_of(sbom_of(tmp_path, ("ours", "1.0")), environment) == (
        "it differs from what is installed in ['numpy']"
    )
    assert problem_of(sbom_of(tmp_path, ("ours", "1.0"), ("numpy", "1.9")), environment) is not None
