"""Rows of a worksheet: what each column shows and how, written so that no text is ever taken for a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

#: What spreadsheets take for the beginning of a formula, or skip before one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SECONDS_PER_HOUR: Final = 3600
_WIDEST: Final = 40
#: Points: two lines.
_HEADING_HEIGHT: Final = 32


class Show(Enum):
    """How a value is shown; the value is the number format."""

    TEXT = "@"
    COUNT = "#,##0"
    RATIO = "0.0%"
    CHANGE = '+0.0%;-0.0%;"–"'
    HOURS = "#,##0.0"
    INSTANT = "yyyy-mm-dd hh:mm"


@dataclass(frozen=True)
class Field:
    """A column: its heading, where a row has its value, and how that is shown."""

    heading: str
    value: Callable[[Mapping[str, Any]], Any]
    show: Show = Show.TEXT
    width: int = 12


class Styles:
    """The formats of a workbook."""

    def __init__(self, workbook: Workbook) -> None:
        base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        self._cells = {show: workbook.add_format({**base, "num_format": show.value}) for show in Show}
        self._guarded = workbook.add_format({**base, "num_format": Show.TEXT.value, "quote_prefix": True})
        self.title = workbook.add_format({**base, "font_size": 16, "bold": True})
        self.note = workbook.add_format({**base, "font_color": "#595959"})
        self.wrapped = workbook.add_format({**base, "text_wrap": True, "valign": "top"})
        self.heading = workbook.add_format(
            {
                **base,
                "bold": True,
                "bg_color": "#DDEBF7",
                "bottom": 1,
                "text_wrap": True,
                "align": "center",
            }
        )

    def cell(self, show: Show) -> Format:
        """The format of a value."""
        return self._cells[show]

    def text(self, text: str) -> Format:
        """The format of a text; one that looks like a formula stays a text when somebody edits the cell."""
        return self._guarded if text.startswith(_FORMULA) else self._cells[Show.TEXT]


def table(
    sheet: Worksheet, styles: Styles, top: int, fields: Sequence[Field], rows: Iterable[Mapping[str, Any]]
) -> int:
    """Write headings in row `top` and the rows below; returns the number of the row behind the last."""
    sheet.set_row(top, _HEADING_HEIGHT)
    for column, field in enumerate(fields):
        sheet.write_string(top, column, field.heading, styles.heading)
        sheet.set_column(column, column, min(field.width, _WIDEST))
    at = top + 1
    for row in rows:
        for column, field in enumerate(fields):
            write(sheet, styles, at, column, field.value(row), field.show)
        at += 1
    return at


def write(sheet: Worksheet, styles: Styles, row: int, column: int, value: Any, show: Show) -> None:
    """Write one value; None leaves the cell empty. Hours are given in seconds."""
    if value is None:
        sheet.write_blank(row, column, None, styles.cell(show))
    elif show is Show.TEXT:
        sheet.write_string(row, column, str(value), styles.text(str(value)))
    elif show is Show.INSTANT:
        sheet.write_datetime(row, column, _on_the_wall(value), styles.cell(show))
    else:
        number = value / _SECONDS_PER_HOUR if show is Show.HOURS else value
        sheet.write_number(row, column, number, styles.cell(show))


def _on_the_wall(instant: datetime) -> datetime:
    # A worksheet knows no zones.
    return instant.replace(tzinfo=None, microsecond=0)
