"""Images between bytes and pixels: bounded decoding, encoding, resizing, captions."""

from medgen_pytest.images.captions import caption_image
from medgen_pytest.images.codec import FORMATS, MAX_PIXELS, decode, encode_png, from_pil, identify, to_pil
from medgen_pytest.images.data_url import data_url
from medgen_pytest.images.held import HeldImage
from medgen_pytest.images.resize import fit_within, resize, size_within
from medgen_pytest.images.sheet import contact_sheet
from medgen_pytest.images.stored import StoredImage

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "HeldImage",
    "StoredImage",
    "caption_image",
    "contact_sheet",
    "data_url",
    "decode",
    "encode_png",
    "fit_within",
    "from_pil",
    "identify",
    "resize",
    "size_within",
    "to_pil",
]
