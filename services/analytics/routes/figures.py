"""Figures: counted by one key, by month, by cause, by who solves in time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.analytics import usecases
from services.analytics.messages import (
    DEFINED,
    DEFINED_OF_RANKING,
    DEFINED_OF_REPEATS,
    DEFINED_OF_UNSOLVED,
)
from services.analytics.schemas.figures import (
    KpiAnswerSchema,
    KpiQuerySchema,
    RankingAnswerSchema,
    RankingQuerySchema,
    RepeatsAnswerSchema,
    TrendAnswerSchema,
    TrendQuerySchema,
    UnsolvedAnswerSchema,
    WindowQuerySchema,
)
from services.chassis.database import Database
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.problems import language
from services.chassis.i18n import Translator

#: Who commends, and who looks on.
_LEADING = ("head", "director", "centre", "group", "auditor")

#: The tallies whose keys have a name for people, and the first part of its code.
_NAMED = {"by_status": "status", "by_clock": "clock", "by_cause": "cause"}


def blueprint(database: Database, translator: Translator) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("kpis", description="Figures over the caller's subtree (R182-R191, R193, R195)")

    def definitions(names: Iterable[str]) -> dict[str, str]:
        tongue = language()
        return {name: translator.text(f"kpi_{name}", tongue) for name in names}

    def named(answer: dict[str, Any]) -> dict[str, Any]:
        tongue = language()
        for tally, kind in _NAMED.items():
            for row in answer.get(tally, ()):
                if row["key"] is not None:
                    row["name"] = translator.text(f"{kind}_{row['key']}", tongue)
        return answer

    @bp.route("/kpis")
    @bp.arguments(KpiQuerySchema, location="query")
    @bp.response(200, KpiAnswerSchema)
    @signed_in
    def kpis(query: dict[str, Any]) -> dict[str, Any]:
        """Count the complaints of a subtree in a window, by one key.

        A group without a complaint has no row. Every figure is defined in the answer. By channel this is how channels compare
        in number, speed, effect and satisfaction (R184-R186).
        """
        with database.read() as connection:
            asked = usecases.asked(connection, subtree=current_principal().path, **query)
            report = usecases.report(connection, *asked)
        return {"exact": report.exact, "rows": report.rows, "definitions": definitions(DEFINED)}

    @bp.route("/trend")
    @bp.arguments(TrendQuerySchema, location="query")
    @bp.response(200, TrendAnswerSchema)
    @signed_in
    def trend(query: dict[str, Any]) -> dict[str, Any]:
        """Show how the figures of each group go from month to month (R189).

        Months are those of receipt. A group without a complaint in a month has no row for it.
        """
        with database.read() as connection:
            asked = usecases.asked(connection, subtree=current_principal().path, monthly=True, **query)
            report = usecases.report(connection, *asked)
        return {"exact": report.exact, "rows": report.rows, "definitions": definitions(DEFINED)}

    @bp.route("/unsolved")
    @bp.arguments(WindowQuerySchema, location="query")
    @bp.response(200, UnsolvedAnswerSchema)
    @signed_in
    def unsolved(query: dict[str, Any]) -> dict[str, Any]:
        """Count what is not solved, by how far it is, what is late, category and cause (R183)."""
        with database.read() as connection:
            asked = usecases.asked(connection, subtree=current_principal().path, **query)
            answer = usecases.unsolved(connection, *asked)
        return {**named(answer), "definitions": definitions(DEFINED_OF_UNSOLVED)}

    @bp.route("/repeats")
    @bp.arguments(WindowQuerySchema, location="query")
    @bp.response(200, RepeatsAnswerSchema)
    @signed_in
    def repeats(query: dict[str, Any]) -> dict[str, Any]:
        """Count what repeats an earlier complaint, by category and by cause (R190, R191)."""
        with database.read() as connection:
            asked = usecases.asked(connection, subtree=current_principal().path, **query)
            answer = usecases.repeats(connection, *asked)
        return {**named(answer), "definitions": definitions(DEFINED_OF_REPEATS)}

    @bp.route("/ranking")
    @bp.arguments(RankingQuerySchema, location="query")
    @bp.response(200, RankingAnswerSchema)
    @requires(*_LEADING)
    def ranking(query: dict[str, Any]) -> dict[str, Any]:
        """Rank persons or departments by what they solved in time (R195).

        Persons are named by their staff id: their names are not known here.
        """
        chosen = {name: query.pop(name) for name in ("who", "at_least", "limit")}
        with database.read() as connection:
            asked = usecases.asked(connection, subtree=current_principal().path, **query)
            rows = usecases.ranking(connection, *asked, **chosen)
        return {"rows": rows, "definitions": definitions(DEFINED_OF_RANKING)}

    return bp
