"""Digests: what makes a model this model, and what makes two scores comparable."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from medgen_pytest.metrics.registry import conventions_digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.metrics.pairing import SizeRule


def identity_digest(model: Model) -> str:
    """SHA-256 over what makes a model this model."""
    text = json.dumps(model.identity, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()


def scoring_digest(conventions: Iterable[str], *, on_size_mismatch: SizeRule) -> str:
    """What makes two scores comparable: the names of the metrics' conventions and the rule for sizes."""
    return f"{conventions_digest(conventions)}:{on_size_mismatch}"
