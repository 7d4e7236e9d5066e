"""The model behind a dialect: the contract of models, kept once for all protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from medgen_pytest.config.secrets import without_secrets
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.models.contract import Estimate
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.remote.tally import Tally
from medgen_pytest.models.wire.content import counted, to_output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.remote.endpoint import Endpoint
    from medgen_pytest.models.wire.dialect import Dialect

_S = TypeVar("_S", bound=EndpointSettings)
_NOT_IDENTITY = {"access", "wait", "poll_interval", "probe_url"}


class WireModel(Generic[_S]):
    """A model at an endpoint. Raises ConfigError for formats of the settings that it cannot answer."""

    def __init__(self, name: str, *, adapter: str, endpoint: Endpoint[_S], dialect: Dialect) -> None:
        self._adapter = adapter
        self._endpoint = endpoint
        self._dialect = dialect
        unable = sorted(form.value for form in endpoint.formats(dialect.able) - dialect.able)
        if unable:
            raise ConfigError(
                f"model {name!r} (adapter {adapter}): 'formats': with these settings it cannot answer"
                f" {', '.join(unable)}; leave it out"
            )

    @property
    def identity(self) -> Mapping[str, object]:
        """Adapter and settings, without limits, secrets and what says only how the endpoint is reached."""
        settings = self._endpoint.identity(self._adapter)
        shown = without_secrets({key: value for key, value in settings.items() if key not in _NOT_IDENTITY})
        return shown if isinstance(shown, dict) else {}

    @property
    def formats(self) -> frozenset[Format]:
        """The formats that it is asked."""
        return self._endpoint.formats(self._dialect.able)

    @property
    def takes_images(self) -> bool:
        """Whether input images are sent."""
        return self._dialect.takes_images

    @property
    def concurrency(self) -> int | None:
        """Requests at once in this process; None for as many as the window allows."""
        return self._endpoint.concurrency

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, and the values of headers."""
        return self._endpoint.secrets

    def estimate(self, request: Request) -> Estimate:
        """What an answer takes: one request, the images both ways, tokens as far as they can be foretold."""
        expected, price = self._dialect.expected(request), self._endpoint.settings.price
        return Estimate(
            images_sent=len(request.inputs) if self.takes_images else 0,
            images_made=int(request.wants_image),
            input_tokens=expected.input_tokens,
            output_tokens=expected.output_tokens,
            cost=price.cost(expected) if price is not None else None,
        )

    async def probe(self) -> str | None:
        """What is wrong with the key or the address, found out without spending anything."""
        return await self._dialect.probe()

    async def answer(self, request: Request) -> ModelOutput:
        """The answer to a request. Raises ModelError where the endpoint gives none."""
        tally = Tally()
        try:
            content = await self._dialect.ask(request, tally)
        except OutputError as error:
            return counted(ModelOutput(problem=str(error)), tally)
        return await to_output(content, request, endpoint=self._endpoint, tally=tally)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._dialect.aclose()
        await self._endpoint.aclose()

    def close(self) -> None:
        """Lets go of the rest."""
        self._endpoint.close()
