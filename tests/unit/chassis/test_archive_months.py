"""Months partition all of time: each instant lies in exactly one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.archive_months import Month

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.integers(0, 40_000_000_000).flatmap(
    lambda second: OFFSETS.map(lambda zone: datetime.fromtimestamp(second, zone))
)


@given(INSTANTS)
def test_an_instant_lies_in_its_month_whatever_zone_it_is_told_in(instant: datetime) -> None:
    month = Month.of(instant)

    assert month.start <= instant < month.next.start
    assert Month.of(instant.astimezone(UTC)) == month


@given(INSTANTS)
def test_a_month_ends_where_the_next_begins(instant: datetime) -> None:
    month = Month.of(instant)

    assert Month.of(month.start) == month
    assert Month.of(month.next.start) == month.next
    assert Month.of(month.next.start - timedelta(microseconds=1)) == month
    assert month < month.next
    assert month.partition < month.next.partition


def test_the_year_turns() -> None:
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month(2026, 11).next == Month(2026, 12)
