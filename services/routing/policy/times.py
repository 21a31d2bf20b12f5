"""Durations, periods and dates in policy documents, and which cases a setting is meant for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from services.contracts.vocabulary import Channel
from services.routing.domain.calendars.calendar import Day, PeriodUnreadable, read_day
from services.routing.domain.clocks.matters import Condition
from services.routing.domain.rules import Urgency
from services.routing.domain.severity import Severity
from services.routing.policy.fields import PolicySchema, Several

_DURATION: Final = re.compile(r"(?P<sign>-?)(?:(?P<hours>\d{1,5})h)?(?:(?P<minutes>\d{1,6})m)?", re.ASCII)
_UNDER_A_MINUTE: Final = timedelta(minutes=1)


class Duration(fields.Field[timedelta]):
    """Hours and minutes as people write them: `10m`, `24h`, `1h30m`; with a sign only where `signed`."""

    def __init__(self, *, signed: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._signed = signed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> timedelta:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None or not (match["hours"] or match["minutes"]) or (match["sign"] and not self._signed):
            raise ValidationError("policy_duration_signed" if self._signed else "policy_duration")
        length = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        if not self._signed and length < _UNDER_A_MINUTE:
            raise ValidationError("policy_duration")
        return -length if match["sign"] else length


class DayPeriods(fields.List[Any]):
    """The periods of a day, `[08:30-12:00, 13:30-18:00]`; none for a day off."""

    def __init__(self, **options: Any) -> None:
        super().__init__(fields.String(), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        texts: Any = super()._deserialize(value, attr, data, **kwargs)
        try:
            day: Day = read_day(texts)
        except PeriodUnreadable as error:
            raise ValidationError("policy_period") from error
        return day


class DateKey(fields.Field[date]):
    """A date, `2026-10-10`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError("policy_date") from error


class MeantSchema(PolicySchema):
    """Which cases a setting is meant for: what is left out asks nothing. A category stands for those below it too."""

    category = Several(fields.String(), load_default=())
    urgency = Several(
        fields.String(validate=validate.OneOf([each.value for each in Urgency])), load_default=()
    )
    severity = Several(
        fields.String(validate=validate.OneOf([each.value for each in Severity])), load_default=()
    )
    channel = Several(
        fields.String(validate=validate.OneOf([each.value for each in Channel])), load_default=()
    )


def condition_from(data: dict[str, Any]) -> Condition:
    """The condition in the data of a `MeantSchema`, taken out of it."""
    return Condition(*(data.pop(name) for name in ("category", "urgency", "severity", "channel")))


def unknown_category(cases: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first of these cases that asks for a category that is none and no group of some, and that category."""
    groups = {code.partition(".")[0] for code in known}
    for name, case in cases.items():
        for category in case.when.category:
            if category not in known and category not in groups:
                return name, category
    return None
