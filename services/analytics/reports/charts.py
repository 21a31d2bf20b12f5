"""The charts of a report: native ones, which follow their cells when somebody edits them."""

from __future__ import annotations

from typing import Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

#: Bars that one can still read.
_MOST: Final = 12
_SIZE: Final = {"width": 620, "height": 320}
#: Columns of the table of months.
_RECEIVED, _RESOLVED, _RATIO, _MEAN = 1, 3, 4, 9
_BLUE, _GREEN, _ORANGE = "#2E75B6", "#70AD47", "#ED7D31"


def top(book: Workbook, on: Worksheet, of: Worksheet, first: int, end: int, title: str, at: str) -> None:
    """Columns of the second column of a table, the first rows of it, whose headings are in row `first`."""
    last = min(end - 1, first + _MOST)
    chart = book.add_chart({"type": "column"})
    chart.add_series({**_cells(of, first, last, 1), "fill": {"color": _BLUE}, "gap": 60})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    _put(on, at, chart)


def shares(book: Workbook, on: Worksheet, of: Worksheet, first: int, end: int, title: str, at: str) -> None:
    """A pie of the same."""
    last = min(end - 1, first + _MOST)
    chart = book.add_chart({"type": "pie"})
    chart.add_series({**_cells(of, first, last, 1), "data_labels": {"percentage": True}})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    _put(on, at, chart)


def trend(book: Workbook, sheet: Worksheet, first: int, end: int, title: str) -> None:
    """What came in and what was solved month by month, and the share of it."""
    chart = book.add_chart({"type": "column"})
    chart.add_series({**_cells(sheet, first, end - 1, _RECEIVED), "fill": {"color": _BLUE}})
    chart.add_series({**_cells(sheet, first, end - 1, _RESOLVED), "fill": {"color": _GREEN}})
    share = book.add_chart({"type": "line"})
    share.add_series(
        {**_cells(sheet, first, end - 1, _RATIO), "y2_axis": True, "line": {"color": _ORANGE, "width": 2}}
    )
    share.set_y2_axis({"num_format": "0%", "min": 0, "max": 1})
    chart.combine(share)
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    _put(sheet, f"A{end + 3}", chart)


def times(book: Workbook, sheet: Worksheet, first: int, end: int, title: str) -> None:
    """How long a solution took month by month (R189)."""
    chart = book.add_chart({"type": "line"})
    series = _cells(sheet, first, end - 1, _MEAN)
    chart.add_series({**series, "line": {"color": _ORANGE, "width": 2}, "marker": {"type": "circle"}})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    _put(sheet, f"H{end + 3}", chart)


def _cells(sheet: Worksheet, first: int, last: int, column: int) -> dict[str, object]:
    name = sheet.get_name()
    return {
        "name": [name, first, column],
        "categories": [name, first + 1, 0, last, 0],
        "values": [name, first + 1, column, last, column],
    }


def _put(sheet: Worksheet, at: str, chart: object) -> None:
    chart.set_size(_SIZE)  # type: ignore[attr-defined]
    sheet.insert_chart(at, chart)
