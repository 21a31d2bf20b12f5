"""Public holidays and make-up working days as the library `holidays` knows them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import holidays

from services.routing.domain.calendars.calendar import PublicHolidays

#: China has announced its days off with the days worked in exchange since 2001. For years it has not announced yet the
#: library knows the statutory days alone; a new version of it, or `days` of a calendar in the policy, brings the rest.
_YEARS: Final = range(2001, 2041)


def countries() -> frozenset[str]:
    """The countries a calendar may keep the holidays of, as ISO 3166 codes."""
    return frozenset(holidays.list_supported_countries())


@lru_cache(maxsize=16)
def public_holidays(country: str) -> PublicHolidays:
    """The holidays of a country. Raises `NotImplementedError` for one the library does not know."""
    known = holidays.country_holidays(country, years=_YEARS)
    return PublicHolidays(frozenset(known), frozenset(known.weekend_workdays))
