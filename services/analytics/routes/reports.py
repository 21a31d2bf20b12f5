"""Reports: a month or a quarter as JSON or as a workbook (R192, R197)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response

from services.analytics import usecases
from services.analytics.messages import DEFINED
from services.analytics.reports.contents import made
from services.analytics.reports.period import period_of
from services.analytics.reports.wording import Words, file_name
from services.analytics.reports.workbook import workbook
from services.analytics.schemas.reports import ReportQuerySchema, ReportSchema
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal, requires
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.problems import language
from services.chassis.i18n import Translator

#: Who answers for figures, and who looks on: a report names cases.
_READERS = ("head", "director", "centre", "group", "auditor")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_EITHER = {
    "application/json": {"schema": ReportSchema},
    _XLSX: {"schema": {"type": "string", "format": "binary"}},
}


def blueprint(database: Database, translator: Translator, clock: Clock) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("reports", description="Monthly reports and quarterly reviews (R192, R197)")

    @bp.route("/reports/<period>")
    @bp.arguments(ReportQuerySchema, location="query")
    @bp.response(200, ReportSchema)
    @bp.doc(responses={"200": {"description": "The report.", "content": _EITHER}})
    @bp.alt_response(404, description="Neither a month nor a quarter, or no such scope.")
    @requires(*_READERS)
    def report(query: dict[str, Any], period: str) -> Any:
        """Report on the complaints received in a month (`2026-11`) or a quarter (`2026-Q4`) of the calendar.

        With `format=xlsx` it comes as a workbook with charts, in the language asked for. Figures are those of `/kpis`.
        """
        wanted = period_of(period)
        if wanted is None:
            raise NotFound("report_period_unknown")
        as_workbook = query.pop("as_workbook")
        with database.read() as connection:
            generation, question = usecases.asked(
                connection, subtree=current_principal().path, window=wanted.window, **query
            )
            found = made(connection, generation, question, wanted, clock.now())
        words = Words(translator, language())
        if as_workbook:
            return _file(workbook(found, words), words, found)
        return {**found, "definitions": {each: words.definition(each) for each in DEFINED}}

    return bp


def _file(content: bytes, words: Words, report: dict[str, Any]) -> Response:
    name = file_name(report, words, "xlsx")
    answer = Response(content, mimetype=_XLSX)
    # The first for clients that do not know the second (RFC 6266).
    plain = f"report-{report['period']['name']}.xlsx"
    answer.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(name)}"
    return answer
