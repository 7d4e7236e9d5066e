"""The order of tests: what each test of a session wants, the same in every process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.result import ResultKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The samples that tests want, in the order of the tests, and the place of each test by its node id."""

    keys: tuple[ResultKey, ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)
