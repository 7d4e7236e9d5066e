"""Replies: what endpoints send back, read without a network: images, JSON, reasoning, refusals.

What cannot be used raises OutputError with one line: the model's fault, the outcome is `invalid`.
Every function takes time linear in what it is given, however hostile.
"""

from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.replies.finish import Finish, read_finish
from medgen_pytest.models.replies.image import MAX_BYTES, read_image
from medgen_pytest.models.replies.image_part import image_of_part
from medgen_pytest.models.replies.json_noise import Noise
from medgen_pytest.models.replies.json_objects import JsonObject, json_objects, noise_around
from medgen_pytest.models.replies.json_reply import MAX_CHARACTERS, JsonReply, read_json
from medgen_pytest.models.replies.json_scanner import MAX_DEPTH
from medgen_pytest.models.replies.reasoning import ReasonedText, split_reasoning
from medgen_pytest.models.replies.refusal import Refusal, find_refusal
from medgen_pytest.models.replies.remote_image import RemoteImage, allowed, check_hosts
from medgen_pytest.models.replies.text_images import IllustratedText, split_images
from medgen_pytest.models.replies.unicode_text import well_formed

__all__ = [
    "MAX_BYTES",
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "Finish",
    "IllustratedText",
    "JsonObject",
    "JsonReply",
    "Noise",
    "ReasonedText",
    "Refusal",
    "RemoteImage",
    "allowed",
    "check_hosts",
    "excerpt",
    "find_refusal",
    "image_of_part",
    "json_objects",
    "noise_around",
    "read_finish",
    "read_image",
    "read_json",
    "split_images",
    "split_reasoning",
    "well_formed",
]
