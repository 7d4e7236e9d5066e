"""Packages: what is installed is known without importing it, and what does not fit is told with its remedy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.metrics.packages import package_need, torch_need, torchvision_need
from tests.fake_packages import write_metadata, write_package, write_torch, write_torchvision

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.metrics.need import Need

EXPLODES = "raise SystemExit('imported')\n"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that is looked at before all others."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    for name in ("torch", "torchvision"):  # what other tests have imported would be found instead
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


def need_of(name: str) -> Need:
    return package_need(name, extra="metrics", why="draws conclusions")


def test_an_installed_package_is_found_with_its_version_and_not_imported(packages: Path) -> None:
    write_package(packages, "exploding", "1.2.3", source=EXPLODES)

    need = need_of("exploding")

    assert (need.kind, need.name, need.found, need.is_met) == ("package", "exploding", "1.2.3", True)
    assert "exploding" not in sys.modules


def test_a_missing_package_names_its_use_and_the_extra_that_brings_it() -> None:
    need = package_need("nowhere_there", distribution="nowhere-there", extra="clinical", why="draws conclusions")

    assert need.problem == "the package 'nowhere-there' (draws conclusions) is not installed"
    assert need.remedy == "pip install 'medgen-pytest[clinical]'"
    assert need.found is None


def test_a_package_may_be_installed_under_another_name_than_its_module(packages: Path) -> None:
    write_package(packages, "module_name", "1")
    write_metadata(packages, "distribution_name", "7.1")

    assert package_need("module_name", distribution="distribution-name", extra="metrics", why="x").found == "7.1"


def test_the_folder_that_an_uninstalled_package_left_is_no_package(packages: Path) -> None:
    (packages / "leftover" / "__pycache__").mkdir(parents=True)

    assert need_of("leftover").problem == "the package 'leftover' (draws conclusions) is not installed"


def test_metadata_without_a_module_are_told(packages: Path) -> None:
    write_metadata(packages, "hollow", "3.0")

    problem = need_of("hollow").problem

    assert problem == "the package 'hollow' (draws conclusions) 3.0 is installed without its module"


@pytest.mark.parametrize("content", ["", "Metadata-Version: 2.1\nName: damaged\n", "\0\0"])
def test_damaged_metadata_leave_the_version_unknown(packages: Path, content: str) -> None:
    write_package(packages, "damaged", "1.0")
    (packages / "damaged-1.0.dist-info" / "METADATA").write_text(content, encoding="utf-8")

    need = need_of("damaged")

    assert (need.found, need.is_met) == ("a version that is not recorded", True)


def test_a_module_that_is_only_half_in_place_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "half_there", type(sys)("half_there"))  # its __spec__ is None

    assert not need_of("half_there").is_met


def test_a_version_that_the_extra_does_not_allow_is_a_problem(packages: Path) -> None:
    write_metadata(packages, "medgen_pytest", "0.1.0", requires=['torch>=2.4 ; extra == "metrics"', "torch<1", "?"])
    write_torch(packages, "2.3.1")

    need = torch_need()

    assert need.found == "2.3.1"
    assert need.problem == (
        "torch 2.3.1 (runs the networks of metrics) is installed, medgen-pytest[metrics] needs >=2.4"
    )


@pytest.mark.parametrize("version", ["2.4.0", "2.13.0+cpu", "2.15.0.dev20251101", "built-by-hand"])
def test_a_version_that_the_extra_allows_is_none(packages: Path, version: str) -> None:
    write_metadata(packages, "medgen_pytest", "0.1.0", requires=['torch>=2.4 ; extra == "metrics"'])
    write_torch(packages, version, build="")

    assert torch_need().found == version
    assert torch_need().is_met


@pytest.mark.parametrize(
    ("torch", "vision", "asks"),
    [
        (("2.13.0", "+cpu"), ("0.28.0", "+cpu"), "torch (==2.13.0)"),
        (("2.13.0", "+cu130"), ("0.28.0", "+cu130"), "torch==2.13.0"),
        (("2.14.1", "+cu130"), ("0.29.1", "+cu130"), "torch (>=2.14.0)"),
        (("2.13.0", "+cu128"), ("0.28.0", "+cu126"), "torch (==2.13.0)"),
        (("2.13.0", "+cu130"), ("0.28.0", "+cpu"), "torch (==2.13.0)"),
        (("2.13.0", ""), ("0.28.0", ""), "torch (==2.13.0)"),
        (("2.13.0", ""), ("0.28.0", "+cu130"), "torch (==2.13.0)"),
        (("2.13.0", "+cpu"), ("0.28.0", "+cpu"), "numpy"),
    ],
)
def test_a_torchvision_that_fits_is_no_problem(
    packages: Path, torch: tuple[str, str], vision: tuple[str, str], asks: str
) -> None:
    write_torch(packages, torch[0], build=torch[1])
    write_torchvision(packages, vision[0], build=vision[1], asks=asks)

    need = torchvision_need()

    assert (need.found, need.problem) == ("".join(vision), None)
    assert "torchvision" not in sys.modules


@pytest.mark.parametrize(
    ("torch", "vision", "asks", "problem"),
    [
        (
            ("2.14.1", "+cpu"),
            ("0.28.0", "+cpu"),
            "torch (==2.13.0)",
            "torchvision 0.28.0+cpu belongs to torch ==2.13.0, installed is torch 2.14.1+cpu",
        ),
        (
            ("2.13.0", "+cpu"),
            ("0.28.0", "+cu130"),
            "torch (==2.13.0)",
            "torchvision 0.28.0+cu130 is built for CUDA 13, torch 2.13.0+cpu is not",
        ),
        (
            ("2.4.0", "+cu118"),
            ("0.19.0", "+cu121"),
            "torch (==2.4.0)",
            "torchvision 0.19.0+cu121 is built for CUDA 12, torch 2.4.0+cu118 is not",
        ),
        (
            ("2.4.0", "+rocm6.1"),
            ("0.19.0", "+cu121"),
            "torch (==2.4.0)",
            "torchvision 0.19.0+cu121 is built for CUDA 12, torch 2.4.0+rocm6.1 is not",
        ),
    ],
)
def test_a_torchvision_that_does_not_fit_is_told_with_its_remedy(
    packages: Path, torch: tuple[str, str], vision: tuple[str, str], asks: str, problem: str
) -> None:
    write_torch(packages, torch[0], build=torch[1])
    write_torchvision(packages, vision[0], build=vision[1], asks=asks)

    need = torchvision_need()

    assert need.problem == problem
    assert need.remedy is not None
    assert need.remedy.startswith("pip uninstall torchvision (no metric needs it), or install ")


def test_a_torchvision_that_says_nothing_of_torch_decides_nothing(packages: Path) -> None:
    write_torch(packages)
    write_torchvision(packages, asks="numpy")
    (packages / "torchvision" / "version.py").unlink()

    assert torchvision_need().found == "0.28.0"
    assert torchvision_need().is_met
