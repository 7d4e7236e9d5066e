"""Multipart forms: texts and files of a `multipart/form-data` body."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.message import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.fake_server.message import HttpRequest

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))', re.IGNORECASE)
_NAME = re.compile(r'[;\s]name="([^"]*)"')
_FILE_NAME = re.compile(r'filename\*?="?[^";]*"?')
FORM_TYPE = "multipart/form-data"


def read_form(request: HttpRequest) -> tuple[dict[str, object], dict[str, tuple[bytes, ...]]]:
    """The texts and the files of a form by name; `name[]` is `name`. Raises RequestError."""
    if request.media_type != FORM_TYPE:
        given = request.media_type or "nothing"
        raise RequestError(400, f"Unsupported content type: {given}. This API takes 'multipart/form-data'.")
    values: dict[str, object] = {}
    files: dict[str, tuple[bytes, ...]] = {}
    for name, content, is_file in parts_of(request):
        if is_file:
            files[name] = (*files.get(name, ()), content)
        elif name in values:
            before = values[name]
            values[name] = [*(before if isinstance(before, list) else [before]), _text(name, content)]
        else:
            values[name] = _text(name, content)
    return values, files


def parts_of(request: HttpRequest) -> Iterator[tuple[str, bytes, bool]]:
    """Name, content and whether it is a file, for each part of a form in order. Raises RequestError."""
    match = _BOUNDARY.search(request.header("content-type") or "")
    if match is None:
        raise RequestError(400, "Could not parse multipart form: no boundary.")
    mark = b"\r\n--" + (match[1] or match[2]).encode()
    pieces = (b"\r\n" + request.body).split(mark)
    if not pieces[-1].startswith(b"--"):
        raise RequestError(400, "Could not parse multipart form: it has no end.")
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", errors="replace").split("\r\n")
        disposition = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
        name = _NAME.search(disposition)
        if not blank or name is None:
            raise RequestError(400, "Could not parse multipart form: a part has no name.")
        yield name[1].removesuffix("[]"), content, _FILE_NAME.search(disposition) is not None


def content_digest(request: HttpRequest) -> str:
    """SHA-256 of method, path and content, the same whatever boundary a form has; short, as hexadecimal digits."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode("utf-8", errors="surrogatepass"))
    if request.media_type == FORM_TYPE:
        try:
            for name, content, _ in parts_of(request):
                digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        except RequestError:
            digest.update(request.body)
    else:
        digest.update(request.body)
    return digest.hexdigest()[:16]


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RequestError(400, f"Invalid '{name}': not UTF-8.", param=name) from error
