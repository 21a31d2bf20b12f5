"""The months and quarters that reports are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.analytics.domain import Window

_NAME: Final = re.compile(r"(?P<year>2\d{3})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))", re.ASCII)


class Kind(StrEnum):
    """How often a report is made."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def months(self) -> int:
        """How many months one is about."""
        return 1 if self is Kind.MONTHLY else 3


@dataclass(frozen=True)
class Period:
    """A month or a quarter of the calendar, from the first of its first month on."""

    kind: Kind
    start: date

    @property
    def name(self) -> str:
        """`2026-11` or `2026-Q4`."""
        if self.kind is Kind.MONTHLY:
            return f"{self.start:%Y-%m}"
        return f"{self.start.year}-Q{(self.start.month + 2) // 3}"

    @property
    def end(self) -> date:
        """The first day after it."""
        return _moved(self.start, self.kind.months)

    @property
    def window(self) -> Window:
        """The complaints received in it, each by the midnight of its estate."""
        return Window(self.start, self.end)

    @property
    def before(self) -> Period:
        """The one before."""
        return Period(self.kind, _moved(self.start, -self.kind.months))

    @property
    def year_before(self) -> Period:
        """The same one of the year before."""
        return Period(self.kind, _moved(self.start, -12))

    @property
    def year_until(self) -> Window:
        """The twelve months that end with it."""
        return Window(_moved(self.end, -12), self.end)


def period_of(name: str) -> Period | None:
    """The period of a name as `Period.name`; None for any other text."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    year = int(found["year"])
    if found["month"]:
        return Period(Kind.MONTHLY, date(year, int(found["month"]), 1))
    return Period(Kind.QUARTERLY, date(year, 3 * int(found["quarter"]) - 2, 1))


def _moved(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)
