"""An adapter of an endpoint with a price, as a conftest adds one: it speaks the plain protocol of the fake server."""

CONFTEST = '''
import json

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.models.contract import Estimate
from medgen_pytest.models.remote.endpoint import Endpoint, bearer
from medgen_pytest.models.remote.reply import check_reply
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.remote.tally import Tally
from medgen_pytest.models.settings import parse_settings


class Priced:
    """Asks for texts and images, one request each."""

    def __init__(self, name, settings, context):
        parsed = parse_settings(EndpointSettings, settings, name=name, adapter="priced")
        self.endpoint = Endpoint(parsed, name=name, context=context, key_headers=bearer)
        self.url = parsed.base_url + "/answer"

    identity = property(lambda self: self.endpoint.identity("priced"))
    formats = property(lambda self: self.endpoint.formats(frozenset(Format)))
    concurrency = property(lambda self: self.endpoint.concurrency)
    secrets = property(lambda self: self.endpoint.secrets)

    async def answer(self, request):
        tally, endpoint = Tally(), self.endpoint
        wants = [name for name, due in (("text", request.wants_text), ("image", request.wants_image)) if due]
        images = [image.data_url for image in await endpoint.outgoing(request)]
        body = json.dumps({"prompt": request.instruction, "images": images, "wants": wants}).encode()

        async def send(_seconds):
            reply = await endpoint.http.post(self.url, content=body)
            check_reply(reply, expects=("text", "image"))
            return reply

        usage = self.usage(request)
        reply = await endpoint.channel.ask(send, tally=tally, expected=usage, usage_of=lambda reply: usage)
        image = await endpoint.incoming(reply.fields["image"], tally=tally) if request.wants_image else None
        return ModelOutput(
            text=reply.fields["text"], image=image, usage=tally.usage, timing=tally.timing, seconds=tally.working
        )

    def usage(self, request):
        return Usage(input_tokens=100, output_tokens=10, images=int(request.wants_image))

    def estimate(self, request):
        usage, price = self.usage(request), self.endpoint.settings.price
        return Estimate(
            images_sent=len(request.inputs),
            images_made=usage.images,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost=price.cost(usage) if price else None,
        )

    async def probe(self):
        reply = await self.endpoint.http.get(self.endpoint.settings.base_url + "/models")
        return None if reply.status == 200 else f"{reply.origin} answered with HTTP {reply.status}"

    async def aclose(self):
        await self.endpoint.aclose()

    def close(self):
        self.endpoint.close()


def pytest_medgen_models(config):
    return {"priced": Priced}
'''


def settings_of(url: str, *, more: str = "", price: str = "{per_request: 0.1}") -> str:
    """A settings file with that model at a server."""
    return f"""
dataset: data
models:
  priced:
    adapter: priced
    base_url: {url}/v1
    price: {price}
{more}"""
