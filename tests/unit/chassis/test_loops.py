"""Loops turn until they are told to stop, survive their errors and show when they do not turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock import SystemClock
from services.chassis.errors import Unavailable
from services.chassis.loops import EXIT_STUCK, STUCK_AFTER, Deadline, Loop, Loops, Stage, Stop, watchdog
from services.chassis.testing import eventually
from services.chassis.testing.clock import ManualClock


class Ended(BaseException):
    """What no loop catches."""


@pytest.fixture
def stop() -> Iterator[Stop]:
    stop = Stop()
    yield stop
    stop.set()


def test_a_loop_with_work_turns_at_once_and_rests_without(stop: Stop) -> None:
    # Given
    turns: list[int] = []

    def step() -> bool:
        turns.append(1)
        return len(turns) < 5

    # When
    loops = Loops([Loop("work", step, pause=60.0)], stop, SystemClock())
    loops.start()

    # Then
    eventually(lambda: len(turns) == 5)
    assert loops.stop(5) == []
    assert len(turns) == 5


def test_a_loop_that_is_to_rest_does_so_though_there_is_work(stop: Stop) -> None:
    # Given
    wake, turns = threading.Event(), threading.Semaphore(0)

    def step() -> bool:
        turns.release()
        return True

    # When
    loops = Loops([Loop("work", step, pause=0.0, rest=60.0, wake=wake)], stop, SystemClock())
    loops.start()

    # Then
    assert turns.acquire(timeout=5)
    assert not turns.acquire(timeout=0.1)
    wake.set()
    assert turns.acquire(timeout=5)


def test_a_wake_ends_a_rest(stop: Stop) -> None:
    # Given
    wake, turns = threading.Event(), threading.Semaphore(0)

    def step() -> bool:
        turns.release()
        return False

    loops = Loops([Loop("work", step, pause=60.0, wake=wake)], stop, SystemClock())
    loops.start()
    assert turns.acquire(timeout=5)

    # When
    wake.set()

    # Then
    assert turns.acquire(timeout=5)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Unavailable("broker_unavailable")])
def test_a_loop_goes_on_after_an_error_and_pauses_before(stop: Stop, error: Exception) -> None:
    # Given
    clock, times = SystemClock(), []

    def step() -> bool:
        times.append(clock.monotonic())
        raise error

    # When
    Loops([Loop("work", step, pause=0.0)], stop, clock).start()

    # Then
    eventually(lambda: len(times) >= 3)
    assert times[2] - times[0] >= 0.8


def test_every_loop_is_closed_on_its_own_thread(stop: Stop) -> None:
    # Given
    names: list[str] = []
    loop = Loop(
        "work", lambda: False, pause=0.01, close=lambda: names.append(threading.current_thread().name)
    )
    loops = Loops([loop], stop, SystemClock())
    loops.start()

    # When
    loops.stop(5)

    # Then
    assert names == ["work"]


def test_loops_end_stage_by_stage_each_after_what_it_has_in_hand(stop: Stop) -> None:
    # Given work of which three pieces are in hand when it is told to end, and a relay that sends what they leave
    ended: list[str] = []
    in_hand = ["first", "second", "third"]

    def finish() -> bool:
        ended.append(in_hand.pop(0))
        return bool(in_hand)

    work = Loop("work", lambda: False, pause=60.0, finish=finish, close=lambda: ended.append("closed"))
    relay = Loop("relay", lambda: False, 60.0, stage=Stage.RELAY, close=lambda: ended.append("relayed"))
    loops = Loops([relay, work], stop, SystemClock())
    loops.start()

    # When
    assert loops.stop(5) == []

    # Then
    assert ended == ["first", "second", "third", "closed", "relayed"]


def test_a_stage_that_hangs_leaves_time_to_the_next(stop: Stop) -> None:
    # Given
    until, relayed = threading.Event(), threading.Event()
    relay = Loop("relay", lambda: False, 60.0, stage=Stage.RELAY, finish=lambda: relayed.set() or False)
    loops = Loops([relay, Loop("work", _hang(until), pause=0.0)], stop, SystemClock())
    loops.start()

    # When
    hanging = loops.stop(0.4)

    # Then
    assert hanging == ["work"]
    assert relayed.is_set()
    until.set()


def test_what_cannot_be_finished_is_left(stop: Stop) -> None:
    # Given
    def finish() -> bool:
        raise Unavailable("broker_unavailable")

    loops = Loops([Loop("relay", lambda: False, 60.0, finish=finish)], stop, SystemClock())
    loops.start()

    # When / Then
    assert loops.stop(5) == []


def _hang(until: threading.Event) -> Callable[[], bool]:
    def step() -> bool:
        until.wait()
        return False

    return step


def test_a_step_that_does_not_end_is_stuck(stop: Stop) -> None:
    # Given
    clock, until = ManualClock(), threading.Event()
    loops = Loops([Loop("work", _hang(until), pause=0.0)], stop, clock)
    loops.start()

    # When
    clock.advance(seconds=STUCK_AFTER + 1)

    # Then
    assert loops.stuck() == ["work"]
    until.set()


def test_a_long_rest_is_not_stuck(stop: Stop) -> None:
    # Given
    clock, turned = ManualClock(), threading.Event()

    def step() -> bool:
        turned.set()
        return False

    loops = Loops([Loop("hourly", step, pause=3600.0)], stop, clock)
    loops.start()
    turned.wait()
    eventually(lambda: loops._due["hourly"] > 0)

    # When
    clock.advance(minutes=59)

    # Then
    assert loops.stuck() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_stuck(stop: Stop) -> None:
    # Given
    clock = ManualClock()

    def step() -> bool:
        raise Ended

    loops = Loops([Loop("doomed", step, pause=0.0)], stop, clock)
    loops.start()
    eventually(lambda: not any(thread.name == "doomed" for thread in threading.enumerate()))

    # When
    clock.advance(seconds=STUCK_AFTER + 1)

    # Then
    assert loops.stuck() == ["doomed"]


def test_work_on_another_thread_does_not_hide_what_hangs() -> None:
    # Given work that hangs on one thread
    clock = ManualClock()
    deadline = Deadline(clock, 10.0)

    # When another thread does its own in time
    with deadline:
        clock.advance(seconds=11)
        other = threading.Thread(target=lambda: deadline.__enter__() or deadline.__exit__())
        other.start()
        other.join()

        # Then
        assert deadline.exceeded()
    assert not deadline.exceeded()


@given(st.floats(min_value=0, max_value=100))
def test_a_deadline_is_exceeded_only_past_its_seconds(seconds: float) -> None:
    # Given
    clock = ManualClock()
    deadline = Deadline(clock, 10.0)

    # When
    with deadline:
        clock.advance(seconds=seconds)

        # Then
        assert deadline.exceeded() == (clock.monotonic() > 10.0)


def test_the_watchdog_ends_the_process_when_a_handler_overruns(stop: Stop) -> None:
    # Given
    clock, ended = ManualClock(), []
    deadline = Deadline(clock, 10.0)
    dog = watchdog(Loops([], stop, clock), [deadline], list, stop, ended.append)

    # When
    with deadline:
        dog.step()
        clock.advance(seconds=11)
        dog.step()

    # Then
    assert ended == [EXIT_STUCK]


def test_the_watchdog_ends_the_process_when_a_queue_is_starved(stop: Stop) -> None:
    # Given
    ended: list[int] = []
    clock = ManualClock()

    # When
    watchdog(Loops([], stop, clock), [], lambda: ["linli.ledger"], stop, ended.append).step()

    # Then
    assert ended == [EXIT_STUCK]


def test_the_watchdog_lets_a_process_stop_in_peace(stop: Stop) -> None:
    # Given
    clock, ended = ManualClock(), []
    deadline = Deadline(clock, 10.0)
    dog = watchdog(Loops([], stop, clock), [deadline], list, stop, ended.append)
    stop.set()

    # When
    with deadline:
        clock.advance(seconds=11)
        dog.step()

    # Then
    assert ended == []
