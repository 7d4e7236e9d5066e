"""Images: the outputs of a merged run, taken over from its parts once they are seen to be what was stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError, StoreError
from medgen_pytest.runs.image_threads import image_threads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.runs.merging.records import Entry
    from medgen_pytest.runs.score import Progress
    from medgen_pytest.store import RunDirectory


def adopt_images(entries: Iterable[Entry], target: RunDirectory, *, progress: Progress) -> int:
    """Takes over the images of all entries; how many there are.

    An image of an answer that does not count may be gone: its sample was asked again for that. Raises StoreError where
    one that counts is gone, or holds other pixels than were stored.
    """
    wanted: dict[str, Entry] = {}
    for entry in entries:
        image = entry.result.output.image
        if image is not None and (entry.counts or image not in wanted):
            wanted[image] = entry

    def adopt(image: str) -> str | None:
        entry = wanted[image]
        try:
            target.adopt_image(image, entry.part.store)
        except (StoreError, ImageError) as error:
            return f"the output of {entry.result.model} to {entry.result.sample_id}: {error}" if entry.counts else None
        return None

    problems = []
    with ThreadPoolExecutor(image_threads()) as pool:
        for problem in pool.map(adopt, sorted(wanted)):
            problems += [problem] if problem is not None else []
            progress(1, len(wanted))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise StoreError(
            f"{problems[0]}{more}; put the image back, or let that run ask again with --medgen-resume, and merge then"
        )
    return len(wanted)
