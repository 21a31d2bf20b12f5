"""What is counted, and how, without a database (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

#: Longest time between a complaint and the earlier one it repeats, both ends included (DESIGN §6).
REPEAT_WITHIN = timedelta(hours=30 * 24)

#: The kinds that count unless others are asked for (DESIGN §6); cells hold these alone.
COUNTED_KINDS = frozenset({"complaint"})

#: A question about more facts than this is answered from cells, with quantiles that are nearly exact (DESIGN §6).
EXACT_UP_TO = 100_000

#: The windows of the exporter, in days (DESIGN §5).
WINDOWS = (7, 30, 90)

#: A day, which begins at midnight of each estate's own zone, or an instant.
Bound = date | datetime


class By(StrEnum):
    """What the rows of an answer stand for."""

    ESTATE = "estate"
    REGION = "region"
    CATEGORY = "category"
    CHANNEL = "channel"
    MONTH = "month"
    SEVERITY = "severity"
    DEPARTMENT = "department"
    TOTAL = "total"


#: What the cells of a group tell apart.
TRAITS = (By.CATEGORY.value, By.CHANNEL.value, By.SEVERITY.value, By.DEPARTMENT.value)


#: What there are lines of months for; there are too many estates for that, of which one is asked about `by` month.
TRENDS = (By.REGION, By.CATEGORY, By.CHANNEL, By.SEVERITY, By.DEPARTMENT)


class Level(IntEnum):
    """How much of a category `by=category` tells apart: its group, the part before the first `/` or else `.`, or all of it."""

    GROUP = 1
    WHOLE = 2


class OpinionSource(StrEnum):
    """Who publishes how satisfied a complainant is, weakest first: at the same instant the later in this order holds."""

    CALLBACK = "notification"
    RATING = "intake"


@dataclass(frozen=True)
class Window:
    """The complaints received from `start` on and before `end`; None leaves that side open."""

    start: Bound | None = None
    end: Bound | None = None

    @property
    def reversed(self) -> bool:
        """Whether it ends before it starts; a day and an instant have no order without a zone."""
        if self.start is None or self.end is None or type(self.start) is not type(self.end):
            return False
        return self.start > self.end


def whole_days(window: Window) -> Window:
    """The days of `window` that lie in it wholly, whatever the zone; None leaves that side open.

    Somewhere a day begins up to 14 hours before it does in UTC, and somewhere 12 hours after.
    """
    start, end = window.start, window.end
    if isinstance(start, datetime):
        start = _day(start + timedelta(hours=14), up=True)
    if isinstance(end, datetime):
        end = _day(end - timedelta(hours=12), up=False)
    return Window(start, end)


def whole_months(days: Window) -> Window:
    """The months that lie in a window of days, from the first day of one to the first day of another."""
    start, end = days.start, days.end
    if start is not None and start.day > 1:
        start = next_month(start)
    return Window(start, end and end.replace(day=1))


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _day(instant: datetime, *, up: bool) -> date:
    instant = instant.astimezone(UTC)
    whole = instant.time() == time.min
    return instant.date() + timedelta(days=int(up and not whole))


def is_zone(name: str) -> bool:
    """Whether the IANA database knows this time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def normalised_place(location: str | None) -> str | None:
    """The place as repeats compare it: upper case, blanks collapsed; None where nothing is left."""
    if location is None:
        return None
    return " ".join(location.upper().split()) or None


def ratio(part: int, whole: int) -> float | None:
    """`part` of `whole`, 0–1; None where there is nothing to divide."""
    return part / whole if whole else None


@dataclass(frozen=True)
class Question:
    """Which complaints are counted, those of `kinds` below `scope` that were received in `window`, and by what.

    With `monthly` each key is counted by month.
    """

    scope: str
    window: Window
    by: By
    level: Level = Level.WHOLE
    kinds: frozenset[str] = COUNTED_KINDS
    monthly: bool = False


#: The counts of `Measures`, its first fields, which add up.
COUNTS = (
    "received",
    "valid",
    "resolved",
    "repeat_eligible",
    "repeats",
    "open",
    "overdue",
    "opinions",
    "satisfied",
)


class Who(StrEnum):
    """Whom a ranking names: persons by their staff id, departments by their code."""

    PERSON = "person"
    DEPARTMENT = "department"


class Standing(StrEnum):
    """How far a complaint that is not solved has come (R183)."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    REOPENED = "reopened"
    CLOSED = "closed"


@dataclass(frozen=True)
class Measures:
    """What is counted of a group of complaints. Times in seconds; None where no complaint has one."""

    received: int
    valid: int
    resolved: int
    repeat_eligible: int
    repeats: int
    open: int
    overdue: int
    opinions: int
    satisfied: int
    response_median: float | None
    response_p90: float | None
    resolution_mean: float | None
    resolution_median: float | None
    resolution_p90: float | None
    resolution_max: float | None

    @property
    def resolution_ratio(self) -> float | None:
        """R183."""
        return ratio(self.resolved, self.valid)

    @property
    def repeat_ratio(self) -> float | None:
        """R190."""
        return ratio(self.repeats, self.repeat_eligible)

    @property
    def satisfaction_ratio(self) -> float | None:
        """R172."""
        return ratio(self.satisfied, self.opinions)
