"""The window: what is asked next, in the order of the tests, and never more than there is room for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.window import Planned, Window


def keys(*names: str) -> list[ResultKey]:
    """Keys written as MODEL and NUMBER, like `a1`."""
    return [ResultKey(name[0], name[1:]) for name in names]


def fill(window: Window) -> list[str]:
    """Asks for all that there is room for; by name."""
    asked = []
    while (run := window.run()).room:
        for planned in run.planned[: run.room]:
            window.ask(planned.key, position=planned.position)
            asked.append(planned.key.model + planned.key.sample_id)
        window.pass_over(min(run.room, len(run.planned)))
    return asked


def test_samples_are_asked_in_the_order_of_the_tests_as_far_as_the_window_reaches() -> None:
    window = Window(keys("a3", "a1", "a2", "a4"), {"a": 3})

    assert fill(window) == ["a3", "a1", "a2"]


def test_as_many_answers_as_may_be_on_their_way_wait_for_their_tests_and_no_more() -> None:
    window = Window(keys("a1", "a2", "a3", "a4", "a5", "a6"), {"a": 2})
    fill(window)
    window.arrive(*keys("a1"))  # that of the running test

    assert fill(window) == ["a3"]
    window.arrive(*keys("a2"))
    assert fill(window) == ["a4"]
    window.arrive(*keys("a3"))
    window.arrive(*keys("a4"))
    assert fill(window) == []

    window.forget(*keys("a1"))
    assert fill(window) == ["a5"]


def test_a_slow_answer_to_the_running_test_holds_the_others_up_later() -> None:
    window = Window(keys(*(f"a{number}" for number in range(12))), {"a": 2})
    fill(window)
    asked = 2

    while asked < 12:
        window.arrive(ResultKey("a", str(asked - 1)))
        found = fill(window)
        if not found:
            break
        assert len(found) == 1
        asked += 1

    assert asked == 8  # a0 on its way and seven that wait: four times the limit


def test_models_that_are_not_asked_ahead_are_passed_over() -> None:
    window = Window(keys("b1", "a1", "b2", "a2"), {"a": 5})

    assert fill(window) == ["a1", "a2"]


def test_a_model_whose_window_is_full_lets_the_models_after_it_wait() -> None:
    window = Window(keys("a1", "a2", "b1", "b2"), {"a": 1, "b": 1})

    assert fill(window) == ["a1"]
    window.forget(*keys("a1"))
    assert fill(window) == ["a2", "b1"]  # nothing is left of a, so it is b's turn


def test_results_whose_tests_went_by_give_up_their_place() -> None:
    window = Window(keys("a1", "a2", "a3", "a4", "a5"), {"a": 2})
    fill(window)
    window.arrive(*keys("a2"))

    window.move(2)

    assert not window.holds(*keys("a2"))
    assert fill(window) == ["a3"]  # a1 is still on its way


def test_an_answer_that_comes_after_its_test_went_by_takes_no_place() -> None:
    window = Window(keys("a1", "a2", "a3"), {"a": 1})
    fill(window)
    window.move(1)

    window.arrive(*keys("a1"))

    assert fill(window) == ["a2"]


def test_a_jump_forward_or_back_goes_on_from_there() -> None:
    window = Window(keys(*(f"a{number}" for number in range(9))), {"a": 2})
    assert fill(window) == ["a0", "a1"]
    for key in keys("a0", "a1"):
        window.arrive(key)

    window.move(6)
    assert fill(window) == ["a6", "a7"]
    for key in keys("a6", "a7"):
        window.arrive(key)

    window.move(3)
    assert fill(window) == ["a3", "a4"]


def test_a_test_that_waits_may_ask_though_answers_fill_the_window() -> None:
    window = Window(keys("a1", "a2", "a3"), {"a": 2})
    fill(window)
    assert not window.may_ask("a")

    window.arrive(*keys("a2"))

    assert window.may_ask("a")


@settings(max_examples=200, deadline=None)
@given(
    order=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("0123456789")), min_size=1, max_size=30),
    limits=st.dictionaries(st.sampled_from("ab"), st.integers(1, 4)),
    data=st.data(),
)
def test_however_answers_come_each_sample_is_asked_once_in_time_and_within_the_limits(
    order: list[tuple[str, str]], limits: dict[str, int], data: st.DataObject
) -> None:
    session = Session([ResultKey(*one) for one in order], limits)

    for position, key in enumerate(session.order):
        session.window.move(position)
        session.look_ahead()
        # Alone, the window never lags behind the running test.
        assert key in session.claimed or key.model not in limits
        while key in session.on_the_way:
            session.answer(data.draw(st.sampled_from(session.on_the_way)))
        session.arrived.discard(key)
        session.window.forget(key)
        session.look_ahead()

    assert session.claimed == {key for key in session.order if key.model in limits}


class Session:
    """What a look-ahead does with a window, on paper."""

    def __init__(self, order: list[ResultKey], limits: dict[str, int]) -> None:
        self.order, self.limits = order, limits
        self.window = Window(order, limits)
        self.claimed: set[ResultKey] = set()
        self.on_the_way: list[ResultKey] = []
        self.arrived: set[ResultKey] = set()

    def look_ahead(self) -> None:
        """Asks for all that there is room for."""
        while (run := self.window.run()).room:
            taken: list[Planned] = []
            for planned in run.planned:
                if len(taken) < run.room and planned.key not in {*self.claimed, *(one.key for one in taken)}:
                    taken.append(planned)
            self.window.pass_over(run.planned.index(taken[-1]) + 1 if len(taken) == run.room else len(run.planned))
            for planned in taken:
                self.claimed.add(planned.key)
                self.window.ask(planned.key, position=planned.position)
                self.on_the_way.append(planned.key)
        for model, limit in self.limits.items():
            assert sum(key.model == model for key in self.on_the_way) <= limit
            assert sum(key.model == model for key in (*self.on_the_way, *self.arrived)) <= 4 * limit

    def answer(self, key: ResultKey) -> None:
        """Lets an answer arrive."""
        self.on_the_way.remove(key)
        self.window.arrive(key)
        self.arrived.add(key)
