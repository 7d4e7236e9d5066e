"""The log of a study: every judgement that was asked for it, kept as it comes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.plain import read_list, read_text, read_whole
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.errors import StoreError
from medgen_pytest.judge.bench import Seat
from medgen_pytest.store.lines import LineWriter, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.judge.bench import Bench


class JudgementLog:
    """Judgements by control and output, in `judgements-<session>.jsonl` files of a folder: one a session."""

    def __init__(self, folder: Path, *, session: str) -> None:
        self._folder = folder
        self._writer = LineWriter(folder / f"judgements-{session}.jsonl")
        self._known = _read(folder)

    @property
    def cost(self) -> float:
        """What all of them cost, as far as they say."""
        usages = [judgement.usage for those in self._known.values() for judgement in those]
        return sum(usage.cost for usage in usages if usage is not None and usage.cost is not None)

    def of(self, control: str, result: SampleResult, bench: Bench) -> tuple[Judgement, ...]:
        """Those of an output under a control, here and in its result, by this bench and of what is shown now."""
        found: dict[Seat, Judgement] = {}
        for judgement in (*result.judgements, *self._known[control, result.key]):
            seat = Seat(*judgement.slot)
            fits = seat.judge in bench.judges and dict(judgement.digests) == bench.digests(seat, result)
            # An error never hides a judgement.
            if fits and not (seat in found and judgement.is_error):
                found[seat] = judgement
        return tuple(found.values())

    def add(self, control: str, key: ResultKey, judgements: Sequence[Judgement]) -> None:
        """Keeps judgements; they survive a kill from then on. Raises StoreError."""
        record = {
            "control": control,
            **key._asdict(),
            "judgements": [judgement.to_dict() for judgement in judgements],
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._writer.append(record)
        except OSError as error:
            raise StoreError(f"{self._folder}: a judgement cannot be written: {error}") from error

    def close(self) -> None:
        """Closes its file."""
        self._writer.close()


def _read(folder: Path) -> defaultdict[tuple[str, ResultKey], list[Judgement]]:
    known: defaultdict[tuple[str, ResultKey], list[Judgement]] = defaultdict(list)
    for path in sorted(folder.glob("judgements-*.jsonl")):
        try:
            lines = list(read_lines(path))
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error}") from error
        for line in lines:
            try:
                control, key, judgements = _parse(line.trusted)
            except (KeyError, TypeError, ValueError):  # torn by a kill, or edited: asked again
                continue
            known[control, key].extend(judgements)
    return known


def _parse(record: Mapping[str, object]) -> tuple[str, ResultKey, list[Judgement]]:
    key = ResultKey(read_text(record["model"]), read_text(record["sample_id"]), read_whole(record["repeat"]))
    judgements = [Judgement.from_dict(value) for value in read_list(record["judgements"])]
    return read_text(record["control"]), key, judgements
