"""Weight archives: what is packed here lies there byte for byte, and what is hostile writes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.errors import MedgenError, WeightArchiveError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.need import Need, WeightFile
from medgen_pytest.metrics.weight_archive import check_place
from medgen_pytest.metrics.weight_packing import pack_weights
from medgen_pytest.metrics.weight_unpacking import unpack_weights
from tests.needy_metrics import (
    CHECKPOINT,
    ENCODER,
    NEEDY,
    REVISION,
    SNAPSHOT,
    weights_need,
    write_checkpoint,
    write_encoder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.metrics.need import Home

FAR = Path("far")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that all paths of a test start from, with a machine that has weights."""
    monkeypatch.chdir(tmp_path)
    write_checkpoint(Path("near/torch"))
    if sys.platform != "win32":  # where not every user may make links
        write_encoder(Path("near/hub"))
    return tmp_path


def needs(*names: str) -> dict[str, list[Need]]:
    context = MetricContext(torch_home=Path("near/torch").absolute(), hub_cache=Path("near/hub").absolute())
    return {name: list(NEEDY[name].needs(context)) for name in names or NEEDY}


def homes() -> dict[Home, Path]:
    return {"torch": FAR / "torch", "huggingface": FAR / "hub"}


def files_below(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def entry_for(data: bytes, *, home: str = "torch", place: str = "a.pth", **changes: object) -> dict[str, object]:
    entry = {"home": home, "place": place, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "metrics": []}
    return {**entry, **changes}


def write_archive(
    manifest: object, entries: Mapping[str, bytes] | None = None, *, compression: int = zipfile.ZIP_STORED
) -> Path:
    """An archive as somebody else might write it."""
    path = Path("hostile.zip")
    with zipfile.ZipFile(path, "w", compression=compression) as archive:
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        archive.writestr("manifest.json", text, compress_type=zipfile.ZIP_STORED)
        for name, data in (entries or {}).items():
            archive.writestr(name, data)
    return path


def refused(path: Path, **options: bool) -> str:
    """What is said of an archive that is not unpacked; nothing is written."""
    before = files_below(Path()), sorted(Path().rglob("*"))
    with pytest.raises(WeightArchiveError) as caught:
        unpack_weights(path, homes(), **options)
    assert (files_below(Path()), sorted(Path().rglob("*"))) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="the hub's cache is made of links")
def test_weights_arrive_byte_for_byte_where_their_libraries_look() -> None:
    manifest = pack_weights(needs(), Path("weights.zip"))
    unpacked = unpack_weights(Path("weights.zip"), homes())

    assert files_below(FAR) == {
        f"hub/{SNAPSHOT}/config.json": b"{}",
        f"hub/{SNAPSHOT}/model.bin": b"text weights",
        f"hub/{ENCODER}/refs/main": REVISION.encode(),
        f"torch/{CHECKPOINT}": b"picture weights",
    }
    assert not any(path.is_symlink() for path in FAR.rglob("*"))
    assert [file.state for file in unpacked] == ["new"] * 4
    assert unpacked[-1].path.name == "main"  # a repository is found once all of it is there
    assert {file.entry: file.metrics for file in manifest.files} == {
        f"huggingface/{ENCODER}/refs/main": ("meaning", "similar_meaning"),
        f"huggingface/{SNAPSHOT}/config.json": ("meaning", "similar_meaning"),
        f"huggingface/{SNAPSHOT}/model.bin": ("meaning", "similar_meaning"),
        f"torch/{CHECKPOINT}": ("picture",),
    }


def test_the_same_weights_make_the_same_archive() -> None:
    pack_weights(needs(), Path("one.zip"))
    os.utime(Path("near/torch") / CHECKPOINT, (1, 1))
    pack_weights(dict(reversed(needs().items())), Path("two.zip"))

    assert Path("one.zip").read_bytes() == Path("two.zip").read_bytes()


def test_an_archive_is_a_zip_file_with_a_manifest() -> None:
    pack_weights(needs("picture"), Path("weights.zip"))

    with zipfile.ZipFile("weights.zip") as archive:
        names, manifest = archive.namelist(), json.loads(archive.read("manifest.json"))
    assert names == ["manifest.json", f"torch/{CHECKPOINT}"]
    assert manifest == {
        "schema_version": 1,
        "files": [
            {
                "home": "torch",
                "place": CHECKPOINT,
                "size": 15,
                "sha256": hashlib.sha256(b"picture weights").hexdigest(),
                "metrics": ["picture"],
            }
        ],
    }


def test_what_is_missing_here_is_not_packed() -> None:
    found = needs("picture")["picture"]
    missing = Need(kind="weights", name="other", problem="gone", files=found[1].files)

    with pytest.raises(WeightArchiveError, match=r"^weights.zip: nothing to pack: no weights of these metrics"):
        pack_weights({"one": [missing], "two": []}, Path("weights.zip"))
    assert not Path("weights.zip").exists()


def test_an_archive_that_is_there_is_not_written_over() -> None:
    Path("weights.zip").write_text("precious")

    with pytest.raises(WeightArchiveError, match=r"^weights.zip: is there already; name another file, or remove it$"):
        pack_weights(needs("picture"), Path("weights.zip"))
    assert Path("weights.zip").read_text() == "precious"


def test_an_archive_that_cannot_be_written_leaves_nothing() -> None:
    with pytest.raises(WeightArchiveError, match=r"cannot be written: No such file or directory$"):
        pack_weights(needs("picture"), Path("no/such/folder/weights.zip"))


def test_weights_that_vanish_before_they_are_packed_are_told() -> None:
    found = needs("picture")
    (Path("near/torch") / CHECKPOINT).unlink()

    with pytest.raises(MedgenError, match="cannot be read: No such file or directory"):
        pack_weights(found, Path("weights.zip"))
    assert not Path("weights.zip").exists()


def test_two_different_files_cannot_take_one_place() -> None:
    files = []
    for name in ("one", "two"):
        Path(name).write_text(name)
        files.append(WeightFile(path=Path(name), home="folder", place="model.bin"))
    found = {file.path.name: [Need(kind="weights", name="model", found="here", files=(file,))] for file in files}

    with pytest.raises(WeightArchiveError, match=r"one and two both belong at 'folder/model.bin'; pack them apart"):
        pack_weights(found, Path("weights.zip"))

    Path("two").write_text("one")
    assert pack_weights(found, Path("weights.zip")).files[0].metrics == ("one", "two")


def test_weights_of_a_folder_go_where_the_user_says() -> None:
    Path("mine").mkdir()
    Path("mine/model.bin").write_text("m")
    context = MetricContext(root=Path("mine").absolute())
    need = weights_need(context, "mine", "folder", ["model.bin"])
    pack_weights({"mine": [need]}, Path("weights.zip"))

    assert "'model.bin' belongs in a folder of your own; name it with --folder DIR" in refused(Path("weights.zip"))
    unpack_weights(Path("weights.zip"), {**homes(), "folder": FAR / "mine"})
    assert files_below(FAR) == {"mine/model.bin": b"m"}


def test_files_that_are_there_already_are_left_alone() -> None:
    pack_weights(needs(), Path("weights.zip"))
    unpack_weights(Path("weights.zip"), homes())
    os.utime(FAR / "torch" / CHECKPOINT, (1, 1))

    states = {file.state for file in unpack_weights(Path("weights.zip"), homes())}

    assert states == {"same"}
    assert (FAR / "torch" / CHECKPOINT).stat().st_mtime == 1


def test_a_file_of_other_content_is_replaced_only_by_force() -> None:
    pack_weights(needs(), Path("weights.zip"))
    write_checkpoint(FAR / "torch", b"other weights")

    told = refused(Path("weights.zip"))
    unpack_weights(Path("weights.zip"), homes(), force=True)

    assert told == (
        f"weights.zip: another file is at {FAR / 'torch' / CHECKPOINT}; nothing was unpacked, --force replaces it"
    )
    assert (FAR / "torch" / CHECKPOINT).read_bytes() == b"picture weights"


@pytest.mark.skipif(sys.platform == "win32", reason="the hub's cache is made of links")
def test_force_replaces_a_link_and_not_the_blob_that_it_leads_to() -> None:
    pack_weights(needs("meaning"), Path("weights.zip"))
    write_encoder(FAR / "hub", b"other weights")

    unpack_weights(Path("weights.zip"), homes(), force=True)

    assert (FAR / "hub" / SNAPSHOT / "model.bin").read_bytes() == b"text weights"
    assert (FAR / "hub" / ENCODER / "blobs" / "blob1").read_bytes() == b"other weights"


@pytest.mark.skipif(sys.platform == "win32", reason="not every user may make links there")
def test_a_link_of_the_user_to_another_disk_is_followed() -> None:
    pack_weights(needs("picture"), Path("weights.zip"))
    Path("large-disk").mkdir()
    (FAR / "torch").mkdir(parents=True)
    (FAR / "torch" / "hub").symlink_to(Path("large-disk").absolute())

    unpack_weights(Path("weights.zip"), homes())

    assert files_below(Path("large-disk")) == {CHECKPOINT.removeprefix("hub/"): b"picture weights"}


def test_a_folder_where_a_file_belongs_is_told() -> None:
    pack_weights(needs("picture"), Path("weights.zip"))
    (FAR / "torch" / CHECKPOINT).mkdir(parents=True)

    assert "is a folder, where a file belongs" in refused(Path("weights.zip"), force=True)


@pytest.mark.parametrize("position", ["manifest", "content"])
def test_a_changed_byte_is_noticed(position: str) -> None:
    pack_weights(needs("picture"), Path("weights.zip"))
    data = Path("weights.zip").read_bytes()
    at = data.index(b"picture weights" if position == "content" else b'"home"')
    Path("weights.zip").write_bytes(data[:at] + b"P" + data[at + 1 :])

    assert "weights.zip: no archive of weights, or a damaged one: Bad CRC-32" in refused(Path("weights.zip"))


def test_content_that_was_exchanged_is_noticed_by_its_digest() -> None:
    manifest = {"schema_version": 1, "files": [entry_for(b"good")]}

    told = refused(write_archive(manifest, {"torch/a.pth": b"evil"}))

    assert told == "hostile.zip: 'torch/a.pth' is damaged: its SHA-256 is not that of the manifest"


@pytest.mark.parametrize("length", [0, 10, 100, 300])
def test_an_archive_that_is_cut_off_is_refused(length: int) -> None:
    pack_weights(needs("picture"), Path("weights.zip"))
    Path("cut.zip").write_bytes(Path("weights.zip").read_bytes()[:length])

    assert "cut.zip: no archive of weights, or a damaged one: " in refused(Path("cut.zip"))


@pytest.mark.parametrize(("name", "reason"), [("nowhere.zip", "No such file"), (".", "Is a directory")])
def test_an_archive_that_is_not_there_is_told(name: str, reason: str) -> None:
    assert reason in refused(Path(name))


@pytest.mark.parametrize(
    "place",
    [
        "../a.pth",
        "a/../../b",
        "/etc/passwd",
        "//host/share",
        "C:/a.pth",
        "c:a.pth",
        "a\\..\\b",
        "..\\a",
        "a//b",
        "./a",
        "a/.",
        "",
        "a/",
        "a\nb",
        "a\0b",
        ".. /a",
        "a. ",
        "NUL",
        "con.pth",
        "a/LPT1/b",
        "x" * 1001,
        "a:stream",
    ],
)
def test_a_place_that_leaves_its_home_is_refused(place: str) -> None:
    manifest = {"schema_version": 1, "files": [entry_for(b"evil", place=place)]}

    told = refused(write_archive(manifest, {f"torch/{place}": b"evil"}))

    assert told.startswith("hostile.zip: ")


@given(st.text(alphabet=st.sampled_from("a./\\: \0C"), max_size=8))
def test_no_place_that_is_taken_leaves_its_home(place: str) -> None:
    try:
        check_place(place, path=Path("x.zip"))
    except WeightArchiveError:
        return

    home = Path("home").absolute()
    assert os.path.normpath(home / place) == str(home.joinpath(*place.split("/")))  # nothing of it is skipped
    assert home in (home / place).parents


@pytest.mark.parametrize(
    ("manifest", "entries", "told"),
    [
        ({"schema_version": 1, "files": []}, {"torch/a": b""}, "the entry 'torch/a' is not in the manifest"),
        ({"schema_version": 1, "files": []}, {"../a": b""}, "the entry '../a' is not in the manifest"),
        ({"schema_version": 1, "files": [entry_for(b"x")]}, {}, "'torch/a.pth' of the manifest is not in the archive"),
        (
            {"schema_version": 1, "files": [entry_for(b"x", size=2)]},
            {"torch/a.pth": b"x"},
            "'torch/a.pth' has 1 bytes, the manifest says 2",
        ),
        ({"schema_version": 2, "files": []}, {}, "wrong manifest.json: schema_version: Input should be 1"),
        ({"files": []}, {}, "wrong manifest.json: schema_version: Field required"),
        ({"schema_version": 1, "files": [entry_for(b"x", home="root")]}, {}, "wrong manifest.json: files.0.home"),
        ({"schema_version": 1, "files": [entry_for(b"x", sha256="0")]}, {}, "wrong manifest.json: files.0.sha256"),
        ({"schema_version": 1, "files": [entry_for(b"x", size=-1)]}, {}, "wrong manifest.json: files.0.size"),
        ({"schema_version": 1, "files": [entry_for(b"x", mode=1)]}, {}, "wrong manifest.json: files.0.mode"),
        ("[]", {}, "wrong manifest.json: "),
        ("{", {}, "wrong manifest.json: "),
        ("[" * 100_000, {}, "wrong manifest.json: "),
        (
            {"schema_version": 1, "files": [entry_for(b"x", place="A"), entry_for(b"x", place="a")]},
            {"torch/A": b"x", "torch/a": b"x"},
            "'torch/a' and 'torch/A' are one place",
        ),
        (
            {"schema_version": 1, "files": [entry_for(b"x", place="a/b"), entry_for(b"x", place="a")]},
            {"torch/a/b": b"x", "torch/a": b"x"},
            "'torch/a' cannot be a file and hold 'torch/a/b'",
        ),
    ],
)
def test_what_manifest_and_entries_do_not_share_is_refused(
    manifest: object, entries: dict[str, bytes], told: str
) -> None:
    assert f"hostile.zip: {told}" in refused(write_archive(manifest, entries))


def test_a_zip_file_of_something_else_is_refused() -> None:
    with zipfile.ZipFile("hostile.zip", "w") as archive:
        archive.writestr("word/document.xml", "<xml/>")

    assert refused(Path("hostile.zip")) == "hostile.zip: no archive of weights: it has no manifest.json"


def test_an_entry_that_is_there_twice_is_refused() -> None:
    with zipfile.ZipFile("hostile.zip", "w") as archive:
        archive.writestr("torch/a.pth", b"good")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("torch/a.pth", b"evil")

    assert "the entry 'torch/a.pth' is there twice" in refused(Path("hostile.zip"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
def test_an_entry_that_is_no_plain_file_is_refused(kind: int) -> None:
    info = zipfile.ZipInfo("torch/a.pth")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile("hostile.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps({"schema_version": 1, "files": [entry_for(b"/etc/passwd")]}))
        archive.writestr(info, b"/etc/passwd")

    assert "the entry 'torch/a.pth' is no plain file" in refused(Path("hostile.zip"))


def test_a_bomb_is_refused_unread() -> None:
    data = bytes(50_000_000)
    manifest = {"schema_version": 1, "files": [entry_for(data)]}

    told = refused(write_archive(manifest, {"torch/a.pth": data}, compression=zipfile.ZIP_DEFLATED))

    assert told == "hostile.zip: the entry 'torch/a.pth' is compressed or encrypted, not stored"


def _lie_about_sizes(data: bytes) -> bytes:
    """The central directory says that the last entry has a gigabyte."""
    at = data.rindex(b"PK\x01\x02")
    size = (1 << 30).to_bytes(4, "little")
    return data[: at + 20] + size + size + data[at + 28 :]


def _encrypt(data: bytes) -> bytes:
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 8] + b"\x01" + data[at + 9 :]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_lie_about_sizes, "the entries are larger than the archive"),
        (_encrypt, "the entry 'torch/a.pth' is compressed or encrypted, not stored"),
    ],
    ids=["sizes", "encryption"],
)
def test_a_directory_that_lies_is_refused(change: Callable[[bytes], bytes], told: str) -> None:
    path = write_archive({"schema_version": 1, "files": [entry_for(b"x", size=1 << 30)]}, {"torch/a.pth": b"x"})
    path.write_bytes(change(path.read_bytes()))

    assert refused(path) == f"hostile.zip: {told}"


@given(st.data())
def test_a_damaged_archive_is_refused_or_whole(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    pack_weights(needs("picture"), folder / "weights.zip")
    content = bytearray((folder / "weights.zip").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "weights.zip").write_bytes(content)

    try:
        unpack_weights(folder / "weights.zip", {"torch": folder / "torch"})
    except WeightArchiveError:
        assert not (folder / "torch").exists()
    else:
        assert list(files_below(folder / "torch").values()) == [b"picture weights"]
