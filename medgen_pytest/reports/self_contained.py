"""Self-contained pages: what all of them look like, and the policy by which nothing is fetched or run but their own."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files


def content_policy(*, style: str, script: str, images: str = "data:") -> str:
    """The value of Content-Security-Policy for a page with this one style and this one script.

    `images` are the sources that images may have. Handlers and styles in attributes are refused.
    """
    return (
        f"default-src 'none'; img-src {images}; style-src {_source(style)}; script-src {_source(script)};"
        " base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def base_style() -> str:
    """The style sheet that every page begins with: colours in light and dark, controls, focus, texts."""
    return read_asset("medgen_pytest.reports", "base.css")


def read_asset(package: str, name: str) -> str:
    """A style sheet or a script: a file in the folder `assets` of a package."""
    return (files(package) / "assets" / name).read_text(encoding="utf-8")
