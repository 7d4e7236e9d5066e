"""Images within a text reply: Markdown, HTML or bare data URLs, taken out of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff")

# Every unbounded repetition below takes characters that nothing after it can give back, so that a
# pattern that fails has looked at a bounded number of characters: the search is linear.
_PARAMETER = r";[\w.+-]{1,40}(?:=[\w.+\"-]{0,100})?"
_HEADER = (
    rf"data:(?:image/[\w.+-]{{1,40}}(?:{_PARAMETER}){{0,8}}|(?:application/octet-stream)?(?:{_PARAMETER}){{1,8}}),"
)
_DIGIT = r"[A-Za-z0-9+/_%-]"
_SPACED = r"[A-Za-z0-9+/_%\s-]*={0,2}"
# Lines of one length, as e-mail has them; a last and shorter one belongs to them too.
_LINES = rf"{_DIGIT}*(?:(?:\r?\n{_DIGIT}{{40,}})+(?:\r?\n{_DIGIT}{{1,39}}(?=[=\s)\"'>]|$))?)?={{0,2}}"
_WEB = r"https?://[^\s<>()\[\]\"'`]+"
_WEB_IN_BRACKETS = r"https?://(?:[^\s<>()\[\]\"'`]|\([^\s<>()]{0,200}\))+"
_PATTERN = re.compile(
    rf"!\[[^\[\]\n]{{0,500}}\]\(\s{{0,20}}<?(?P<markdown>{_HEADER}{_SPACED}|{_WEB_IN_BRACKETS})"
    r"\s{0,20}>?\s{0,20}(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}')?\s{0,20}\)?"
    rf"|<img\b[^<>]{{0,300}}?\ssrc\s{{0,5}}=\s{{0,5}}[\"'](?P<html>{_HEADER}{_SPACED}|{_WEB})[^<>]{{0,300}}>?"
    rf"|(?P<bare>{_HEADER}{_LINES})"
    rf"|(?P<web>{_WEB})",
    re.IGNORECASE,
)
_PUNCTUATION = ".,;:!?*"


@dataclass(frozen=True, slots=True, kw_only=True)
class IllustratedText:
    """A text, the images that stood in it, in their order, and links to image files, which stay in the text."""

    text: str
    images: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def image(self) -> str | None:
        """The one that counts: the last image; where there is none, the last link; None without either.

        Models that show drafts or previews end with what they mean.
        """
        return self.images[-1] if self.images else self.links[-1] if self.links else None


def split_images(text: str) -> IllustratedText:
    """A text reply without its images, and the images as `read_image` takes them.

    Images are Markdown (`![...](...)`) and HTML images with a data URL or an http(s) URL, and data URLs
    that stand bare, broken into lines or not, also one that is cut off. Links are http(s) URLs whose path
    ends like an image file. A text without images comes back unchanged.
    """
    images: list[str] = []
    links: list[str] = []
    kept: list[str] = []
    end = 0
    for match in _PATTERN.finditer(text):
        if match["web"] is not None:
            link = match["web"].rstrip(_PUNCTUATION)
            links.extend([link] if _is_file(link) else [])
            continue
        images.append(match["markdown"] or match["html"] or match["bare"])
        kept.append(text[end : match.start()])
        end = match.end()
    if not images:
        return IllustratedText(text=text, links=tuple(links))
    kept.append(text[end:])
    return IllustratedText(text="".join(kept).strip(), images=tuple(images), links=tuple(links))


def _is_file(url: str) -> bool:
    try:
        return urlsplit(url).path.lower().endswith(_SUFFIXES)
    except ValueError:  # a host in brackets that is no address
        return False
