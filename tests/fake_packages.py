"""Packages that tests write: metadata as an installer leaves them, and modules of a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NMS_ERROR = "operator torchvision::nms does not exist"
"""What a torchvision says, when it is imported, that cannot find its operators in the installed torch."""


def write_package(
    folder: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    build: str = "",
    source: str = "",
) -> None:
    """Writes a package and its metadata into a folder of packages.

    `build` is what its own `version.py` adds to the version, like `+cu130`.
    """
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(source, encoding="utf-8")
    (folder / name / "version.py").write_text(f"__version__ = '{version}{build}'\n", encoding="utf-8")
    write_metadata(folder, name, version, requires=requires)


def write_metadata(folder: Path, name: str, version: str, *, requires: Sequence[str] = ()) -> None:
    """Writes the metadata of a package alone."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_torch(folder: Path, version: str = "2.13.0", *, build: str = "+cpu", source: str = "") -> None:
    """Writes a torch that knows its version and that it has no accelerator."""
    lines = [
        "from torch.version import __version__",
        "class cuda:",
        "    is_available = staticmethod(lambda: False)",
        "class backends:",
        "    class mps:",
        "        is_available = staticmethod(lambda: False)",
        "get_num_threads = lambda: 2",
        source,
    ]
    write_package(folder, "torch", version, build=build, source="\n".join(lines) + "\n")


def write_torchvision(
    folder: Path, version: str = "0.28.0", *, asks: str = "torch (==2.13.0)", build: str = ""
) -> None:
    """Writes a torchvision that can be imported beside no torch."""
    source = f"import torch\nraise RuntimeError({NMS_ERROR!r})\n"
    write_package(folder, "torchvision", version, requires=[asks], build=build, source=source)
