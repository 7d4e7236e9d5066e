"""Names: several in one text, with commas between."""

from __future__ import annotations


def names_in(*texts: str) -> list[str]:
    """The names that some texts hold, in their order, without the spaces around them.

    >>> names_in("ssim, psnr", "bleu,")
    ['ssim', 'psnr', 'bleu']
    """
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]
