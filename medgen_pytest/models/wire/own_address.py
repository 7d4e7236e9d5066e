"""Addresses of the endpoint itself: where its key may be sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from medgen_pytest.models.replies import allowed


def is_own(url: str, *, base_url: str) -> bool:
    """Whether a URL has the scheme, host and port of an endpoint's address."""
    scheme, _, rest = base_url.partition("://")
    host = rest.partition("/")[0]
    try:
        return urlsplit(url).scheme == scheme.lower() and allowed(url, [host])
    except ValueError:
        return False
