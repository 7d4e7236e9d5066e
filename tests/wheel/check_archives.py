"""Checks what `python -m build` made, as archives: reproducible, nothing private or foreign in them, cited rightly.

    python tests/wheel/check_archives.py DIST_DIR DIRECT_DIR

`DIST_DIR` holds the source distribution and the wheel that was built from it, `DIRECT_DIR` the wheel that was built
from the checkout. Ends with exit code 1 and one line at the first thing that is wrong.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
LARGEST_WHEEL = 2_000_000
LARGEST_FILE = 1_000_000
FOREIGN = {
    ".pth",
    ".pt",
    ".safetensors",
    ".onnx",
    ".npy",
    ".npz",
    ".parquet",
    ".dcm",
    ".nii",
    ".zip",
    ".gz",
    ".pem",
    ".key",
}
"""What is weights, data of patients, or a secret. None of it is source."""
OURS = ("/examples/model-repo/tiny_vlm/weights.npz",)
"""Weights that were made for this repository."""
KEYS = re.compile(
    rb"sk-[A-Za-z0-9]{32,}|gh[pousr]_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{34}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


class ArchiveError(Exception):
    """Something about an archive is wrong."""


def the_only(folder: Path, pattern: str) -> Path:
    """The one file of a kind. Raises ArchiveError."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise ArchiveError(f"{folder} holds {len(found)} files {pattern}; build into a new folder")
    return found[0]


def files_of(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a wheel or a source distribution, by name."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                yield name, wheel.read(name)
        return
    with tarfile.open(archive) as sdist:
        for member in sdist.getmembers():
            file = sdist.extractfile(member)
            if file is not None:
                yield member.name, file.read()


def metadata_of(wheel: Path) -> dict[str, list[str]]:
    """The fields of METADATA, each with all its values."""
    text = next(data for name, data in files_of(wheel) if name.endswith(".dist-info/METADATA")).decode("utf-8")
    found: dict[str, list[str]] = {}
    for name, value in Parser().parsestr(text).items():
        found.setdefault(name, []).append(value)
    return found


def check_same(wheel: Path, direct: Path) -> None:
    """The source distribution builds the wheel that the checkout builds, byte for byte."""
    if hashlib.sha256(wheel.read_bytes()).digest() == hashlib.sha256(direct.read_bytes()).digest():
        return
    ours, theirs = dict(files_of(wheel)), dict(files_of(direct))
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    raise ArchiveError(
        f"the wheels from source distribution and checkout differ in {names[:5] or 'their order or times'}"
    )


def check_nothing_private(archive: Path) -> None:
    """No weights, data, keys, nor paths of the machine on which it was built."""
    paths = [str(path).encode() for path in (ROOT, Path.home()) if len(path.parts) > 2]
    for name, data in files_of(archive):
        is_foreign = Path(name).suffix in FOREIGN and not name.endswith(OURS)
        if is_foreign or len(data) > LARGEST_FILE:
            raise ArchiveError(f"{archive.name} holds {name} ({len(data)} bytes), which is no source")
        if KEYS.search(data):
            raise ArchiveError(f"{archive.name}: {name} holds what looks like a key")
        if any(path in data for path in paths):
            raise ArchiveError(f"{archive.name}: {name} holds a path of this machine")


def check_size(wheel: Path) -> None:
    """The wheel is small."""
    if wheel.stat().st_size > LARGEST_WHEEL:
        raise ArchiveError(f"{wheel.name} has {wheel.stat().st_size} bytes, more than {LARGEST_WHEEL}")


def check_metadata(wheel: Path) -> None:
    """Every extra for users stands in the metadata, the newest and oldest Python do, and no dependency is pinned."""
    fields = metadata_of(wheel)
    lacking = {"parquet", "classical", "metrics", "local", "clinical", "mlflow", "wandb", "all"} - {
        *fields["Provides-Extra"]
    }
    if lacking:
        raise ArchiveError(f"METADATA lacks the extras {sorted(lacking)}")
    for version in ("3.10", "3.11", "3.12", "3.13"):
        if f"Programming Language :: Python :: {version}" not in fields["Classifier"]:
            raise ArchiveError(f"METADATA does not name Python {version}")
    pinned = [line for line in fields["Requires-Dist"] if "==" in line.partition(";")[0]]
    unbounded = [line for line in fields["Requires-Dist"] if "extra" not in line and ">=" not in line]
    if pinned or unbounded:
        raise ArchiveError(f"dependencies are pinned, or without a lowest version: {pinned + unbounded}")


def check_citation(wheel: Path) -> None:
    """CITATION.cff names the version that is built."""
    (version,) = metadata_of(wheel)["Version"]
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    if f"version: {version}" not in lines:
        raise ArchiveError(f"CITATION.cff does not name version {version}")


def check_archives(dist: Path, direct: Path) -> None:
    """Everything. Raises ArchiveError."""
    wheel, sdist = the_only(dist, "*.whl"), the_only(dist, "*.tar.gz")
    check_same(wheel, the_only(direct, "*.whl"))
    check_nothing_private(wheel)
    check_nothing_private(sdist)
    check_size(wheel)
    check_metadata(wheel)
    check_citation(wheel)
    sys.stdout.write(f"{wheel.name} and {sdist.name} as archives: fine\n")


def main(arguments: list[str]) -> int:
    """Checks a folder of distributions; the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: check_archives.py DIST_DIR DIRECT_DIR\n")
        return 2
    try:
        check_archives(*map(Path, arguments))
    except ArchiveError as error:
        sys.stderr.write(f"wrong: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
