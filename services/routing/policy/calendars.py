"""The shape of the section `calendars`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.routing.domain.calendars.calendar import WEEKDAYS, Day
from services.routing.domain.policy.calendars import Calendars, WorkingTime
from services.routing.policy.fields import CODE, Mapped, PolicySchema, SectionSchema, nested
from services.routing.policy.times import DateKey, DayPeriods
from services.routing.public_holidays import countries


def _week(**days: Day) -> tuple[Day, ...]:
    return tuple(days[weekday] for weekday in WEEKDAYS)


def _working_time(week: tuple[Day, ...], holidays: str | None, make_up: str, days: Any) -> WorkingTime:
    return WorkingTime(week, holidays, WEEKDAYS.index(make_up), days)


class WeekSchema(PolicySchema):
    """The periods of each weekday."""

    makes = _week

    mon = DayPeriods(required=True)
    tue = DayPeriods(required=True)
    wed = DayPeriods(required=True)
    thu = DayPeriods(required=True)
    fri = DayPeriods(required=True)
    sat = DayPeriods(required=True)
    sun = DayPeriods(required=True)

    @validates_schema
    def _some_time(self, data: dict[str, Any], **_: Any) -> None:
        if not any(data.values()):
            raise ValidationError("policy_week_empty")


class WorkingTimeSchema(PolicySchema):
    """One calendar: its week, whose public holidays it keeps, and what was decided for dates."""

    makes = _working_time

    week = nested(WeekSchema)
    holidays = fields.String(required=True, allow_none=True)
    make_up = fields.String(required=True, validate=validate.OneOf(WEEKDAYS))
    days = Mapped(DateKey(), DayPeriods(), load_default=dict)

    @validates_schema
    def _country_is_known(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("holidays") is not None and data["holidays"] not in countries():
            raise ValidationError("policy_country_unknown", "holidays")


class CalendarsSchema(SectionSchema):
    """`calendars`: working time by name."""

    makes = Calendars

    named = Mapped(fields.String(validate=CODE), nested(WorkingTimeSchema), required=True)
