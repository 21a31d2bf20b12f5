"""What ends is started again, but never in a hurry."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.chassis.servers.daemon import ServerError
from services.chassis.testing.clock import ManualClock
from services.onemachine.supervisor import HEALTHY_AFTER, LONGEST_PAUSE, Supervisor, Watched


@dataclass
class Fragile:
    """A process that runs until the test ends it."""

    lives: bool = False
    starts: int = 0
    failing: bool = False
    said: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.starts += 1
        if self.failing:
            raise ServerError("no memory")
        self.lives = True

    def supervisor(self, clock: ManualClock) -> Supervisor:
        return Supervisor([Watched("fragile", lambda: self.lives, self.start)], clock, self.said.append)


def starts_within(fragile: Fragile, supervisor: Supervisor, clock: ManualClock, seconds: float) -> int:
    """How often it is started within that time, ending at once each time."""
    before = fragile.starts
    for _ in range(int(seconds / 0.25)):
        fragile.lives = False
        supervisor.turn()
        clock.advance(seconds=0.25)
    return fragile.starts - before


def test_everything_is_started_at_the_first_turn() -> None:
    fragile, clock = Fragile(), ManualClock()

    fragile.supervisor(clock).turn()

    assert fragile.lives
    assert fragile.said == []


def test_what_ended_is_started_again_after_a_short_pause() -> None:
    # Given
    fragile, clock = Fragile(), ManualClock()
    supervisor = fragile.supervisor(clock)
    supervisor.turn()

    # When
    fragile.lives = False
    supervisor.turn()
    early = fragile.starts
    clock.advance(seconds=0.6)
    supervisor.turn()

    # Then
    assert (early, fragile.starts) == (1, 2)
    assert fragile.said == ["fragile ended, started again in 0.5 s"]


def test_what_ends_again_and_again_is_started_ever_more_slowly() -> None:
    fragile, clock = Fragile(), ManualClock()
    supervisor = fragile.supervisor(clock)

    assert starts_within(fragile, supervisor, clock, 60) < 10
    assert starts_within(fragile, supervisor, clock, 10 * LONGEST_PAUSE) in range(9, 12)


def test_what_ran_for_long_is_started_again_at_once() -> None:
    # Given
    fragile, clock = Fragile(), ManualClock()
    supervisor = fragile.supervisor(clock)
    starts_within(fragile, supervisor, clock, 300)
    fragile.lives = False
    while not fragile.lives:
        supervisor.turn()
        clock.advance(seconds=1)

    # When
    clock.advance(seconds=HEALTHY_AFTER)
    before = fragile.starts
    starts_within(fragile, supervisor, clock, 1.0)

    # Then
    assert fragile.starts > before


def test_a_start_that_fails_is_told_and_tried_again() -> None:
    fragile, clock = Fragile(failing=True), ManualClock()

    starts = starts_within(fragile, fragile.supervisor(clock), clock, 10)

    assert starts > 1
    assert "fragile: no memory" in fragile.said
