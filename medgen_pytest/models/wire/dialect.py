"""The contract of a dialect: one protocol's way to ask for an answer and to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from medgen_pytest.domain.output import Usage
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.remote.tally import Tally
    from medgen_pytest.models.wire.content import Content


class Dialect(Protocol):
    """Asks one endpoint in the words of its protocol."""

    @property
    def able(self) -> frozenset[Format]:
        """The formats that can be answered."""

    @property
    def takes_images(self) -> bool:
        """Whether input images are sent."""

    def expected(self, request: Request) -> Usage:
        """What an answer is expected to take, without asking anybody."""

    async def ask(self, request: Request, tally: Tally) -> Content:
        """What the endpoint answers. Raises ModelError, and OutputError for a reply that cannot be used."""

    async def probe(self) -> str | None:
        """What is wrong with the key or the address, found out without spending anything; None for nothing seen."""

    async def aclose(self) -> None:
        """Ends what it still has to do, before the connections are closed."""
