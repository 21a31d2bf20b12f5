"""The HTTP surface of analytics."""

from __future__ import annotations

from typing import Any

from services.analytics import usecases
from services.analytics.messages import DEFINED
from services.analytics.schemas import KpiAnswerSchema, KpiQuerySchema
from services.chassis.database import Database
from services.chassis.http.access import current_principal, signed_in
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.problems import language
from services.chassis.i18n import Translator


def blueprint(database: Database, translator: Translator) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("kpis", description="Figures over the caller's subtree (R182, R183, R187, R188, R190)")

    @bp.route("/kpis")
    @bp.arguments(KpiQuerySchema, location="query")
    @bp.response(200, KpiAnswerSchema)
    @signed_in
    def kpis(query: dict[str, Any]) -> dict[str, Any]:
        """Count the complaints of a subtree in a window, by one key.

        A group without a complaint has no row. Every figure is defined in the answer.
        """
        subtree = current_principal().path
        with database.read() as connection:
            report = usecases.report(connection, subtree=subtree, **query)
        tongue = language()
        definitions = {name: translator.text(f"kpi_{name}", tongue) for name in DEFINED}
        return {"exact": report.exact, "rows": report.rows, "definitions": definitions}

    return bp
