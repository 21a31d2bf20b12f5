"""A report as a workbook with native charts (R192, R197)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from services.analytics.messages import DEFINED
from services.analytics.reports import charts
from services.analytics.reports.cells import Field, Show, Styles, table, write
from services.analytics.reports.wording import Words

#: What the rows of each table of KPIs stand for.
_TABLES: Final = {
    "by_category": "category",
    "by_estate": "estate",
    "by_region": "region",
    "by_channel": "channel",
    "by_severity": "severity",
    "by_department": "department",
}
_TOP: Final = 3
_KEY: Final = 26

Row = Mapping[str, Any]
Value = Callable[[Row], Any]


def workbook(report: Row, words: Words) -> bytes:
    """The bytes of an XLSX file of a report, as `contents.made` makes it."""
    file = BytesIO()
    # No text becomes a formula, a number or a link, whatever it begins with.
    book = Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"title": _title(report, words), "comments": _subtitle(report, words)})
    _Writer(book, report, words).write()
    book.close()
    return file.getvalue()


class _Writer:
    def __init__(self, book: Workbook, report: Row, words: Words) -> None:
        self._book = book
        self._styles = Styles(book)
        self._report = report
        self._words = words

    def write(self) -> None:
        overview = self._overview()
        self._trend()
        for name, kind in _TABLES.items():
            sheet, end = self._kpis(name, kind)
            if name == "by_category":
                charts.top(self._book, overview, sheet, _TOP, end, self._words("chart_categories"), "A18")
            elif name == "by_channel":
                charts.shares(self._book, overview, sheet, _TOP, end, self._words("chart_channels"), "H18")
            elif name == "by_estate":
                charts.top(self._book, sheet, sheet, _TOP, end, self._words("chart_estates"), f"A{end + 3}")
        self._lists()
        self._definitions()

    def _overview(self) -> Worksheet:
        sheet = self._sheet("overview")
        now, before, year = (self._report["overview"][name] for name in ("now", "before", "year_before"))
        if now is None:
            sheet.write_string(_TOP, 0, self._words("empty"), self._styles.note)
        headings = ("measure", "now", "before", "change", "year_before", "year_change")
        for column, heading in enumerate(headings):
            sheet.write_string(_TOP + 1, column, self._words(heading), self._styles.heading)
        sheet.set_column(0, 0, _KEY)
        sheet.set_column(1, len(headings), 13)
        for at, field in enumerate(_figures(self._words), start=_TOP + 2):
            write(sheet, self._styles, at, 0, field.heading, Show.TEXT)
            figures = [None if row is None else field.value(row) for row in (now, before, year)]
            for column, value, show in (
                (1, figures[0], field.show),
                (2, figures[1], field.show),
                (3, _change(figures[0], figures[1]), Show.CHANGE),
                (4, figures[2], field.show),
                (5, _change(figures[0], figures[2]), Show.CHANGE),
            ):
                write(sheet, self._styles, at, column, value, show)
        if not self._report["exact"]:
            sheet.write_string(2, 0, self._words("inexact"), self._styles.note)
        return sheet

    def _trend(self) -> None:
        sheet = self._sheet("trend")
        month = Field(self._words("month"), lambda row: row["key"])
        end = table(sheet, self._styles, _TOP, [month, *_figures(self._words)], self._report["months"])
        if self._report["months"]:
            charts.trend(self._book, sheet, _TOP, end, self._words("chart_trend"))
            charts.times(self._book, sheet, _TOP, end, self._words("chart_times"))

    def _kpis(self, name: str, kind: str) -> tuple[Worksheet, int]:
        sheet = self._sheet(name)
        key = Field(
            self._words(kind), lambda row: row.get("name") or self._words.of(kind, row["key"]), width=_KEY
        )
        received, *others = _figures(self._words)
        before = [
            Field(self._words("received_before"), lambda row: row["received_before"], Show.COUNT),
            Field(
                self._words("change"),
                lambda row: _change(row["received"], row["received_before"]),
                Show.CHANGE,
            ),
        ]
        return sheet, self._table(sheet, _TOP, [key, received, *before, *others], self._report[name])

    def _lists(self) -> None:
        words = self._words
        estate = Field(words("estate"), lambda row: row["name"], width=_KEY)
        building = Field(words("building"), lambda row: row["building"])
        valid = Field(words("valid"), lambda row: row["valid"], Show.COUNT)
        repeats = Field(words("repeats"), lambda row: row["repeats"], Show.COUNT)
        place = Field(words("place"), lambda row: row["place"], width=30)
        category = self._coded("category")
        self._table(
            self._sheet("by_building"), _TOP, [estate, building, valid, repeats], self._report["by_building"]
        )
        self._repeats([estate, place, category, repeats])
        late = self._report["overdue"]
        sheet = self._sheet("overdue")
        if late["total"] > len(late["rows"]):
            note = words("more", total=late["total"], shown=len(late["rows"]))
            sheet.write_string(2, 0, note, self._styles.note)
        clock = self._coded("clock", 12)
        self._table(sheet, _TOP, [*self._of_a_case(estate, place), clock], late["rows"])
        self._tallies("unsolved", ("by_status", "by_clock", "by_category", "by_cause"))
        self._satisfaction()
        self._ranking()
        typical = [
            *self._of_a_case(estate, place),
            Field(words("resolution_hours"), lambda row: row["resolution_seconds"], Show.HOURS),
            self._coded("satisfaction", 12),
        ]
        self._table(self._sheet("typical"), _TOP, typical, self._report["typical"])

    def _repeats(self, fields: Sequence[Field]) -> None:
        sheet, found = self._sheet("repeats"), self._report["repeats"]
        end = self._table(sheet, _TOP, fields, found["places"])
        why = [
            self._coded("category"),
            self._coded("cause"),
            Field(self._words("complaints"), lambda row: row["complaints"], Show.COUNT),
        ]
        self._table(sheet, end + 1, why, found["rows"])

    def _tallies(self, name: str, tallies: Sequence[str]) -> None:
        sheet, top = self._sheet(name), _TOP
        complaints = Field(self._words("complaints"), lambda row: row["complaints"], Show.COUNT)
        for tally in tallies:
            fields = [self._keyed(tally.removeprefix("by_")), complaints]
            top = self._table(sheet, top, fields, self._report[name][tally]) + 1

    def _satisfaction(self) -> None:
        sheet, said = self._sheet("satisfaction"), self._report["satisfaction"]
        rows = [{"key": key, "complaints": number} for key, number in said["answers"].items()]
        fields = [
            self._keyed("satisfaction"),
            Field(self._words("complaints"), lambda row: row["complaints"], Show.COUNT),
        ]
        end = table(sheet, self._styles, _TOP, fields, rows)
        write(sheet, self._styles, end, 0, self._words("satisfaction_ratio"), Show.TEXT)
        write(sheet, self._styles, end, 1, said["ratio"], Show.RATIO)
        if said["opinions"]:
            charts.shares(self._book, sheet, sheet, _TOP, end, self._words("chart_satisfaction"), "D4")

    def _ranking(self) -> None:
        fields = [
            Field(self._words("rank"), lambda row: row["place"], Show.COUNT),
            self._keyed("department"),
            Field(self._words("resolved"), lambda row: row["resolved"], Show.COUNT),
            Field(self._words("on_time"), lambda row: row["on_time"], Show.COUNT),
            Field(self._words("on_time_ratio"), lambda row: row["on_time_ratio"], Show.RATIO),
            Field(self._words("resolution_mean"), lambda row: row["mean_resolution_seconds"], Show.HOURS),
        ]
        self._table(self._sheet("ranking"), _TOP, fields, self._report["ranking"])

    def _definitions(self) -> None:
        sheet = self._sheet("definitions")
        fields = [
            Field(self._words("measure"), lambda row: row["name"], width=22),
            Field(self._words("meaning"), lambda row: row["meaning"]),
        ]
        rows = [{"name": name, "meaning": self._words.definition(name)} for name in DEFINED]
        table(sheet, self._styles, _TOP, fields, rows)
        sheet.set_column(1, 1, 100, self._styles.wrapped)

    def _of_a_case(self, estate: Field, place: Field) -> list[Field]:
        words = self._words
        return [
            Field(words("number"), lambda row: row["number"], width=22),
            estate,
            place,
            self._coded("category"),
            self._coded("severity", 8),
            self._coded("department", 16),
            Field(words("received_at"), lambda row: row["received_at"], Show.INSTANT, 17),
            self._coded("status", 18),
            self._coded("cause", 16),
        ]

    def _keyed(self, kind: str) -> Field:
        return Field(self._words(kind), lambda row: self._words.of(kind, row["key"]), width=_KEY)

    def _coded(self, kind: str, width: int = 20) -> Field:
        return Field(
            self._words(kind),
            lambda row: None if row[kind] is None else self._words.of(kind, row[kind]),
            width=width,
        )

    def _table(self, sheet: Worksheet, top: int, fields: Sequence[Field], rows: Sequence[Row]) -> int:
        end = table(sheet, self._styles, top, fields, rows)
        if rows:
            return end
        sheet.write_string(end, 0, self._words("nothing"), self._styles.note)
        return end + 1

    def _sheet(self, name: str) -> Worksheet:
        """A sheet with its title, ready to be printed."""
        sheet = self._book.add_worksheet(self._words(f"sheet_{name}"))
        sheet.write_string(0, 0, _title(self._report, self._words), self._styles.title)
        sheet.write_string(1, 0, _subtitle(self._report, self._words), self._styles.note)
        sheet.set_row(0, 26)
        sheet.freeze_panes(_TOP + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, _TOP)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.hide_gridlines(2)
        return sheet


def _figures(words: Words) -> list[Field]:
    """The figures of a row of KPIs."""

    def of(name: str, show: Show) -> Field:
        return Field(words(name), lambda row: row[name], show)

    def within(name: str, times: str, which: str) -> Field:
        return Field(words(name), lambda row: row[times][which], Show.HOURS)

    return [
        of("received", Show.COUNT),
        of("valid", Show.COUNT),
        of("resolved", Show.COUNT),
        of("resolution_ratio", Show.RATIO),
        of("repeats", Show.COUNT),
        of("repeat_ratio", Show.RATIO),
        within("response_median", "response_seconds", "median"),
        within("response_p90", "response_seconds", "p90"),
        within("resolution_mean", "resolution_seconds", "mean"),
        within("resolution_max", "resolution_seconds", "max"),
        of("satisfaction_ratio", Show.RATIO),
        of("overdue", Show.COUNT),
    ]


def _change(now: float | None, before: float | None) -> float | None:
    return (now - before) / before if now is not None and before else None


def _title(report: Row, words: Words) -> str:
    return words(f"title_{report['period']['kind']}")


def _subtitle(report: Row, words: Words) -> str:
    made_at: datetime = report["period"]["made_at"]
    return words(
        "subtitle",
        scope=report["scope_name"] or report["scope"] or words("everything"),
        period=report["period"]["name"],
        made_at=f"{made_at:%Y-%m-%d %H:%M %Z}",
    )
