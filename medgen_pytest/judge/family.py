"""Families of models: who made one, as its names tell, so that a judge is not asked about its own kin unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

# A family and what its models are called; `gpt` within another word (HuatuoGPT, MiniGPT) is none of OpenAI's.
_FAMILIES = {
    "openai": r"(?:chat)?gpt|o[134](?:-|$|[^a-z0-9.])|dall-?e|davinci|openai|sora",
    "google": r"gemini|imagen|gemma|medgemma|paligemma|shieldgemma|t5gemma|palm-?2|google|nano-banana",
    "anthropic": r"claude|anthropic",
    "qwen": r"qwen|qwq|qvq|tongyi|wanx?\d|dashscope-intl",
    "bytedance": r"seed(?:ream|edit|dance|-?\d|-oss|-vl|1)|doubao|bytedance|bagel",
    "meta": r"(?:meta-?)?llama|codellama",
    "deepseek": r"deepseek|janus",
    "mistral": r"mistral|ministral|mixtral|pixtral|magistral|codestral",
    "internvl": r"intern(?:vl|lm|-s1)|mono-internvl",
    "xai": r"grok",
    "zhipu": r"(?:chat)?glm|cogv(?:lm|iew)",
    "moonshot": r"kimi|moonshot",
    "microsoft": r"phi-?\d|florence-2|llava-med|biomedparse|medimageinsight",
    "llava": r"llava",
    "minicpm": r"minicpm",
    "amazon": r"(?:amazon\.)?nova-(?:pro|lite|micro|premier|canvas)|amazon\.",
    "cohere": r"command-[ar]|aya-(?:vision|expanse)|cohere",
    "stability": r"stable-?diffusion|sdxl|sd3",
    "flux": r"flux",
    "huatuogpt": r"huatuo",
    "radfm": r"radfm",
    "show-o": r"show-o",
    "inclusionai": r"ming-(?:uni|lite|flash|omni)",
}
_NAMED = re.compile(
    "|".join(f"(?P<f{number}>(?<![a-z])(?:{names}))" for number, names in enumerate(_FAMILIES.values())), re.IGNORECASE
)
_HOSTS = {
    "api.openai.com": "openai",
    "generativelanguage.googleapis.com": "google",
    "api.anthropic.com": "anthropic",
    "api.deepseek.com": "deepseek",
    "api.mistral.ai": "mistral",
    "api.x.ai": "xai",
    "api.moonshot.ai": "moonshot",
}
_ADAPTERS = {"gemini": "google", "imagen": "google"}
_NAMES = ("model", "name", "revision", "target", "command", "url", "kwargs")
_PARTS = ("model", "text", "own", "settings", "image")
_DEEPEST = 4


def family_of(identity: Mapping[str, object]) -> str | None:
    """The family of a model by the names in its identity; None if they tell none.

    The model's own name goes before its address and adapter, for many vendors serve models of others; of a name
    that tells two (`deepseek-r1-distill-qwen`) the first counts. Of a pipeline the text model counts, then the
    image model.
    """
    for known in _all(identity, depth=_DEEPEST):
        for key in _NAMES:
            found = _named(known.get(key))
            if found is not None:
                return found
    for known in _all(identity, depth=_DEEPEST):
        host, adapter = _host(known.get("base_url")), str(known.get("adapter"))
        if host in _HOSTS or adapter in _ADAPTERS:
            return _HOSTS.get(host) or _ADAPTERS[adapter]
    return None


def _all(identity: Mapping[str, object], *, depth: int) -> Iterator[Mapping[str, object]]:
    """The identity, and those of its parts."""
    yield identity
    for key in _PARTS:
        part = identity.get(key)
        if isinstance(part, Mapping) and depth:
            yield from _all(part, depth=depth - 1)


def _host(address: object) -> str:
    try:
        return urlsplit(address).hostname or "" if isinstance(address, str) else ""
    except ValueError:  # brackets that hold no address
        return ""


def _named(value: object) -> str | None:
    text = " ".join(str(part) for part in value) if isinstance(value, list | tuple) else value
    match = _NAMED.search(text) if isinstance(text, str) else None
    if match is None or match.lastgroup is None:
        return None
    return list(_FAMILIES)[int(match.lastgroup[1:])]
