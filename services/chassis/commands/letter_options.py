"""Parameters of `linli dead-letters`: ages, and the filters that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

from services.chassis.clock import SystemClock
from services.chassis.dead_letter_list import Filter

C = TypeVar("C", bound=Callable[..., Any])

_AGE = re.compile(r"(?P<number>\d{1,4})(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Age(click.ParamType[timedelta]):
    """A span such as `90s`, `15m`, `2h`, `3d`."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Turn the text into a span; click tells what is wrong with it."""
        match = _AGE.fullmatch(str(value))
        if match is None:
            self.fail("such as 90s, 15m, 2h or 3d | 例如 90s、15m、2h、3d", param, ctx)
        return timedelta(**{_UNITS[match["unit"]]: int(match["number"])})


def filters(command: C) -> C:
    """The options that say which letters are meant; `filter_of` makes a filter of them."""
    options = (
        click.option("--type", "name", help="Name of the event, such as complaint.registered. | 事件名。"),
        click.option("--reason", help="Why it was given up, such as bug or schema. | 放弃原因代码。"),
        click.option("--older-than", type=Age(), help="Given up before so long: 2h, 3d. | 早于。"),
        click.option("--newer-than", type=Age(), help="Given up within so long: 2h, 3d. | 晚于。"),
    )
    for option in reversed(options):
        command = option(command)
    return command


def filter_of(
    status: str | None,
    name: str | None,
    reason: str | None,
    older_than: timedelta | None,
    newer_than: timedelta | None,
) -> Filter:
    """The filter that the options say; ages are counted back from now."""
    now = SystemClock().now()
    older, newer = (None if age is None else now - age for age in (older_than, newer_than))
    return Filter(status, name, reason, older, newer)
