"""The working time of a calendar in a zone, as instants: how much lies between two, and when so much of it is used up.

A minute counts when the clock on the wall shows working time. So an hour that the clock repeats at the end of summer
time counts twice, and one that it skips does not exist; whatever counts around the clock is plain elapsed time.

Nothing steps through minutes. Working time is kept for each day of UTC as it is asked for, and days are added up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from services.routing.domain.calendars.calendar import AROUND_THE_CLOCK, Calendar, wall_minutes

#: Instants are whole microseconds since 1970, as a `datetime` holds no more.
Micros = int
Span = tuple[Micros, Micros]

_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 86_400 * _SECOND
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
#: Days on which the rules of a zone are sampled to tell two versions of them apart.
_SAMPLED: Final = range(
    date(1985, 1, 1).toordinal() - _EPOCH_DAY, date(2038, 1, 1).toordinal() - _EPOCH_DAY, 4
)


class Timetable:
    """The working time of one calendar in one zone."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self.calendar = calendar
        self.zone = zone
        self._continuous = calendar.continuous
        self._days: dict[int, tuple[Span, ...]] = {}
        self._totals: dict[int, Micros] = {}
        self._walls: dict[int, list[tuple[int, int]]] = {}
        #: Names calendar, holidays, zone and the zone's rules: a due time computed with it need not be computed again.
        self.version = (
            AROUND_THE_CLOCK
            if self._continuous
            else f"{calendar.name}@{calendar.digest()}.{zone_digest(zone)}"
        )

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to before `end`; none where `end` is not later."""
        return self._between(_micros(start), _micros(end)) * _MICROSECOND

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` of working time is used up, counted from `start`.

        It is the end of the last period needed, not the beginning of the one that follows. Raises `ValueError` for an
        amount that is not positive.
        """
        if amount <= timedelta():
            raise ValueError("only a positive amount is ever used up")
        if self._continuous:
            return start + amount
        wanted, at = amount // _MICROSECOND, _micros(start)
        day = at // _DAY
        while True:
            if at == day * _DAY and self._total(day) < wanted:
                wanted -= self._total(day)
            else:
                for begins, ends in self._day(day):
                    there = max(0, ends - max(begins, at))
                    if there >= wanted:
                        return _instant(max(begins, at) + wanted)
                    wanted -= there
            day += 1
            at = day * _DAY

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The working time from `start` to before `end`, as instants."""
        joined: list[list[Micros]] = []
        for begins, ends in self._spans(_micros(start), _micros(end)):
            if joined and joined[-1][1] == begins:
                joined[-1][1] = ends
            else:
                joined.append([begins, ends])
        return [(_instant(begins), _instant(ends)) for begins, ends in joined]

    def is_open(self, at: datetime) -> bool:
        """Whether an instant is working time."""
        micros = _micros(at)
        return any(begins <= micros < ends for begins, ends in self._day(micros // _DAY))

    def opening(self, at: datetime) -> datetime:
        """The first instant of working time from `at` on."""
        micros = _micros(at)
        day = micros // _DAY
        while True:
            for begins, ends in self._day(day):
                if micros < ends:
                    return _instant(max(begins, micros))
            day += 1

    def _between(self, start: Micros, end: Micros) -> Micros:
        if end <= start:
            return 0
        if self._continuous:
            return end - start
        first, last = start // _DAY, end // _DAY
        whole = sum(map(self._total, range(first + 1, last)))
        edges = {first, last}
        return whole + sum(_overlap(span, start, end) for day in edges for span in self._day(day))

    def _spans(self, start: Micros, end: Micros) -> Iterator[Span]:
        for day in range(start // _DAY, end // _DAY + 1):
            for begins, ends in self._day(day):
                if max(begins, start) < min(ends, end):
                    yield max(begins, start), min(ends, end)

    def _total(self, day: int) -> Micros:
        total = self._totals.get(day)
        if total is None:
            total = self._totals[day] = sum(ends - begins for begins, ends in self._day(day))
        return total

    def _day(self, day: int) -> tuple[Span, ...]:
        """The working time of a day of UTC, in order."""
        spans = self._days.get(day)
        if spans is None:
            lo, hi = day * 86_400, (day + 1) * 86_400
            pieces = (self._piece(*segment) for segment in self._segments(lo, hi))
            spans = self._days[day] = tuple(span for piece in pieces for span in piece)
        return spans

    def _piece(self, lo: int, hi: int, offset: int) -> Iterator[Span]:
        """Working time of seconds of UTC in which the zone is `offset` seconds ahead."""
        for local in range((lo + offset) // 86_400, (hi + offset - 1) // 86_400 + 1):
            midnight = (local * 86_400 - offset) * _SECOND
            for starts, ends in self._wall(local):
                begins, stops = midnight + starts * _MINUTE, midnight + ends * _MINUTE
                if max(begins, lo * _SECOND) < min(stops, hi * _SECOND):
                    yield max(begins, lo * _SECOND), min(stops, hi * _SECOND)

    def _wall(self, local: int) -> list[tuple[int, int]]:
        wall = self._walls.get(local)
        if wall is None:
            own, eve = date.fromordinal(local + _EPOCH_DAY), date.fromordinal(local + _EPOCH_DAY - 1)
            wall = self._walls[local] = wall_minutes(self.calendar.periods(own), self.calendar.periods(eve))
        return wall

    def _segments(self, lo: int, hi: int) -> list[tuple[int, int, int]]:
        """Seconds of UTC from `lo` to before `hi`, cut where the zone changes its offset: begin, end, offset."""
        first, last = offset_at(self.zone, lo), offset_at(self.zone, hi - 1)
        if first == last:
            return [(lo, hi, first)]
        if hi - lo == 2:
            return [(lo, lo + 1, first), (lo + 1, hi, last)]
        middle = (lo + hi) // 2
        return self._segments(lo, middle) + self._segments(middle, hi)


def offset_at(zone: ZoneInfo, second: int) -> int:
    """Seconds a zone is ahead of UTC at a second since 1970."""
    ahead = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())


@lru_cache(maxsize=1024)
def zone_digest(zone: ZoneInfo) -> str:
    """The name of a zone with what changes when its rules do: a government may decide anew on summer time."""
    offsets = ",".join(str(offset_at(zone, day * 86_400)) for day in _SAMPLED)
    return f"{zone.key}.{hashlib.sha256(offsets.encode()).hexdigest()[:6]}"


def _micros(at: datetime) -> Micros:
    return (at - _EPOCH) // _MICROSECOND


def _instant(micros: Micros) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def _overlap(span: Span, start: Micros, end: Micros) -> Micros:
    return max(0, min(span[1], end) - max(span[0], start))
