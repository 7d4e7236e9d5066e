"""Claims: however processes interleave, each sample has one that asks for it, and a dead one's claims are free."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.claim_table import ClaimTable
from medgen_pytest.engine.claims import Claim, OwnClaims, Place, settle_claim
from medgen_pytest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.engine.claims import Claims

KEYS = [ResultKey("m", f"s{number}") for number in range(6)]
CLAIMS_AND_WAITS = """
import sys
from pathlib import Path
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.claim_table import ClaimTable
from medgen_pytest.engine.claims import Place
table = ClaimTable(Path(sys.argv[1]))
claimed, _ = table.claim([ResultKey("m", f"s{number}") for number in range(int(sys.argv[2]))], most=int(sys.argv[3]))
print(len(claimed), flush=True)
sys.stdin.read()
table.record({key: Place("gw1", 5) for key in claimed})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "claims"


@pytest.fixture(params=["own", "table"])
def claims(request: pytest.FixtureRequest, folder: Path) -> Iterator[Claims]:
    made: Claims = OwnClaims() if request.param == "own" else ClaimTable(folder)
    yield made
    made.close()


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has claimed the first two samples and lives until it is killed or its input ends."""
    command = [sys.executable, "-c", CLAIMS_AND_WAITS, str(folder), "2", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "2\n"
        yield process
        process.kill()


def test_keys_are_claimed_in_order_and_no_more_than_asked_for(claims: Claims) -> None:
    assert claims.claim(KEYS, most=2) == (KEYS[:2], 2)
    assert claims.claim(KEYS, most=2) == (KEYS[2:4], 4)
    assert claims.claim(KEYS, most=9) == (KEYS[4:], 6)
    assert claims.claim(KEYS, most=9) == ([], 6)


def test_a_claim_is_seen_and_where_its_result_lies(claims: Claims) -> None:
    claims.claim(KEYS[:1], most=1)

    before = claims.look(KEYS[0])
    claims.record({KEYS[0]: Place("gw1", 77)})

    assert before == Claim(mine=True)
    assert claims.look(KEYS[0]) == Claim(mine=True, place=Place("gw1", 77))
    assert claims.look(KEYS[1]) is None


def test_a_claim_that_is_released_is_free_but_a_kept_one_stays(claims: Claims) -> None:
    claims.claim(KEYS, most=3)
    claims.record({KEYS[0]: Place("main", 0)})

    claims.release(KEYS[:2])
    assert [claims.look(key) is not None for key in KEYS[:3]] == [True, False, True]

    claims.release()
    assert [claims.look(key) is not None for key in KEYS[:3]] == [True, False, False]


def test_settling_claims_what_is_free_and_shows_what_is_not(claims: Claims) -> None:
    assert settle_claim(claims, KEYS[0]) is None
    assert settle_claim(claims, KEYS[0]) == Claim(mine=True)


def test_threads_of_one_process_never_claim_the_same(claims: Claims) -> None:
    keys = [ResultKey("m", str(number)) for number in range(300)]
    claimed: list[list[ResultKey]] = [[] for _ in range(4)]

    def take(mine: list[ResultKey]) -> None:
        while got := claims.claim(keys, most=3)[0]:
            mine.extend(got)

    threads = [threading.Thread(target=take, args=(mine,)) for mine in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(key for mine in claimed for key in mine) == sorted(keys)


def test_what_a_living_process_has_claimed_is_not_ours_and_cannot_be_stolen(
    folder: Path, other: subprocess.Popen[str]
) -> None:
    table = ClaimTable(folder)

    assert table.claim(KEYS[:3], most=3) == (KEYS[2:3], 3)
    assert table.look(KEYS[0]) == Claim(mine=False)
    assert not table.steal(KEYS[0])
    assert other.poll() is None
    table.close()


def test_claims_of_a_process_that_was_killed_are_stolen_once(folder: Path, other: subprocess.Popen[str]) -> None:
    table = ClaimTable(folder)
    other.kill()
    other.wait()

    assert table.steal(KEYS[0])
    assert not table.steal(KEYS[0])
    assert table.look(KEYS[0]) == Claim(mine=True)
    assert settle_claim(table, KEYS[1]) is None  # waiting for a dead process is the same as stealing
    table.close()


def test_whoever_waits_for_another_process_gets_what_it_stored(folder: Path, other: subprocess.Popen[str]) -> None:
    table = ClaimTable(folder)
    assert other.stdin is not None
    timer = threading.Timer(0.2, other.stdin.close)  # then it stores and ends
    timer.start()

    assert settle_claim(table, KEYS[0]) == Claim(mine=False, place=Place("gw1", 5))
    timer.join()
    table.close()


def test_two_processes_share_the_samples_out_without_a_rest_or_an_overlap(folder: Path) -> None:
    command = [sys.executable, "-c", CLAIMS_AND_WAITS, str(folder), "2000", "2000"]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    counts = [int(process.stdout.readline()) for process in started if process.stdout is not None]
    for process in started:
        process.communicate("")

    assert sum(counts) == 2000


def test_a_table_that_cannot_be_made_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the table in which workers agree who asks for what cannot be used"):
        ClaimTable(tmp_path / "gone" / "claims")


class TwoProcesses(RuleBasedStateMachine):
    """Two processes that claim, keep and release in any order, beside a table on paper."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.tables = [ClaimTable(Path(self._folder.name)) for _ in range(2)]
        self.owners: dict[ResultKey, int] = {}
        self.places: dict[ResultKey, Place] = {}

    @rule(who=st.integers(0, 1), keys=st.lists(st.sampled_from(KEYS), unique=True), most=st.integers(1, 4))
    def claim(self, who: int, keys: list[ResultKey], most: int) -> None:
        claimed, looked = self.tables[who].claim(keys, most=most)

        assert claimed == [key for key in keys if key not in self.owners][:most]
        assert set(keys[:looked]) <= {*self.owners, *claimed}
        self.owners.update(dict.fromkeys(claimed, who))

    @rule(who=st.integers(0, 1), key=st.sampled_from(KEYS), position=st.integers(0, 9))
    def record(self, who: int, key: ResultKey, position: int) -> None:
        self.tables[who].record({key: Place(f"gw{who}", position)})

        if self.owners.get(key) == who:
            self.places[key] = Place(f"gw{who}", position)

    @rule(who=st.integers(0, 1), keys=st.none() | st.lists(st.sampled_from(KEYS), max_size=2))
    def release(self, who: int, keys: list[ResultKey] | None) -> None:
        self.tables[who].release(keys)

        for key in list(self.owners) if keys is None else keys:
            if self.owners.get(key) == who and key not in self.places:
                del self.owners[key]

    @invariant()
    def both_see_what_is_on_paper(self) -> None:
        for who, table in enumerate(self.tables):
            for key in KEYS:
                owner = self.owners.get(key)
                expected = Claim(mine=owner == who, place=self.places.get(key)) if owner is not None else None
                assert table.look(key) == expected

    def teardown(self) -> None:
        for table in self.tables:
            table.close()
        self._folder.cleanup()


TestTwoProcesses = TwoProcesses.TestCase
TestTwoProcesses.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
