"""The record of one clock and what follows from it: due time, verdict and why, all pure functions (DESIGN §2.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.routing.domain.calendars.timetable import Timetable
from services.routing.domain.clocks import ClockName, Verdict


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count: from `start` to its end, at the latest to `until`, when it is over by itself."""

    start: datetime
    until: datetime
    reason: str
    end: datetime | None = None

    @property
    def over_at(self) -> datetime:
        """When it is over, as far as is known today."""
        return self.until if self.end is None else min(self.end, self.until)


@dataclass(frozen=True, slots=True)
class Record:
    """A clock: when it started, how much working time it may take, its pauses (disjoint, in order), and its stop."""

    name: ClockName
    started_at: datetime
    target: timedelta
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a clock stands and why.

    `used` and `remaining` are working time, `remaining` negative by what was used beyond the target; `periods` are the
    times that counted until it stopped, was looked at or was due; `paused` says for each pause how much working time
    it kept from counting; `calendar` is the version of the timetable it was judged by.
    """

    verdict: Verdict
    due_at: datetime
    used: timedelta
    remaining: timedelta
    periods: tuple[tuple[datetime, datetime], ...]
    paused: tuple[tuple[Pause, timedelta], ...]
    calendar: str


def due(timetable: Timetable, start: datetime, amount: timedelta, pauses: Sequence[Pause] = ()) -> datetime:
    """The instant at which `amount` of working time outside the pauses is used up; that instant is still in time.

    A pause that is not over yet counts to its latest end. Raises `ValueError` for an amount that is not positive.
    """
    at, left = start, amount
    for pause in pauses:
        available = timetable.between(at, pause.start)
        if left <= available:
            break
        left -= available
        at = max(at, pause.over_at)
    return timetable.after(at, left)


def used(timetable: Timetable, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
    """Working time between two instants outside the pauses."""
    kept = sum((_kept(timetable, pause, start, end) for pause in pauses), timedelta())
    return timetable.between(start, end) - kept


def verdict(due_at: datetime, stopped_at: datetime | None, now: datetime) -> Verdict:
    """How a clock that is due at `due_at` stands at `now`. The due instant itself is still in time.

    A clock that stopped is judged by when it stopped, whenever that is looked at.
    """
    if stopped_at is not None and stopped_at <= now:
        return Verdict.KEPT if stopped_at <= due_at else Verdict.BREACHED
    return Verdict.RUNNING if now <= due_at else Verdict.BREACHED


def judge(record: Record, timetable: Timetable, now: datetime) -> Judgement:
    """The verdict on a clock at `now` with its reasons."""
    due_at = due(timetable, record.started_at, record.target, record.pauses)
    stopped = record.stopped_at is not None and record.stopped_at <= now
    end = record.stopped_at if stopped and record.stopped_at is not None else now
    so_far = used(timetable, record.started_at, end, record.pauses)
    paused = tuple(
        (pause, _kept(timetable, pause, record.started_at, end))
        for pause in record.pauses
        if pause.start < end
    )
    return Judgement(
        verdict=verdict(due_at, record.stopped_at, now),
        due_at=due_at,
        used=so_far,
        remaining=record.target - so_far,
        periods=tuple(_counted(timetable, record, min(end, due_at))),
        paused=paused,
        calendar=timetable.version,
    )


def _kept(timetable: Timetable, pause: Pause, start: datetime, end: datetime) -> timedelta:
    return timetable.between(max(pause.start, start), min(pause.over_at, end))


def _counted(timetable: Timetable, record: Record, end: datetime) -> list[tuple[datetime, datetime]]:
    """The working time outside the pauses until `end`."""
    counted, at = [], record.started_at
    for pause in record.pauses:
        counted += timetable.spans(at, min(pause.start, end))
        at = max(at, pause.over_at)
    return counted + timetable.spans(at, end)
