"""Monthly reports and quarterly reviews over HTTP, as JSON and as workbooks (R192, R197)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from prometheus_client import CollectorRegistry

from services.analytics.messages import MESSAGES
from services.analytics.reports import names
from services.analytics.routes import figures, reports
from services.chassis.database import Database
from services.chassis.http.app import HttpContext, create_app
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.testing.auth import TestAuth
from services.routing.rule_pack import load_rule_pack
from tests.integration.analytics.lives import Case, after, estate

Tell = Callable[..., None]
Get = Callable[..., Any]

#: What a spreadsheet would take for a formula.
FORMULAS = ('=HYPERLINK("http://example.org")', "+1", "-1", "@SUM(A1)", "\t=1")


@pytest.fixture
def get(database: Database) -> Get:
    """A function `(route, language, role, **query)` that gives the answer to somebody of the region east."""
    auth = TestAuth(database.clock)
    translator = Translator(CHASSIS_MESSAGES, MESSAGES)
    context = HttpContext(database.clock, PlatformMetrics(CollectorRegistry()), translator, auth.gate())
    blueprints = [
        figures.blueprint(database, translator),
        reports.blueprint(database, translator, database.clock),
    ]
    client: FlaskClient = create_app("analytics", blueprints, context=context).test_client()

    def ask(route: str, language: str = "zh", role: str = "head", **query: Any) -> Any:
        headers = {**auth.headers(role, "g/east"), "Accept-Language": language}
        return client.get(f"/api/analytics/{route}", query_string=query, headers=headers)

    return ask


@pytest.fixture
def november(tell: Tell) -> None:
    """Two estates of the region and one beside it; in November a repeat, one that is overdue, one solved with an opinion."""
    lift, again, late, before, year_ago, elsewhere = (Case(f"TS-{n}") for n in range(6))
    west = Case("TS-9", "E9")
    tell(
        estate(name="翠湖"),
        estate("E2"),
        estate("E9", region="west"),
        lift.registered(location="3 栋 2 单元", household_id="h"),
        lift.classified("facility.lift", severity="major"),
        lift.assigned(department="engineering"),
        lift.answered(after(hours=1)),
        lift.resolved(after(hours=10), "late_repair"),
        lift.rated("dissatisfied", after(hours=11)),
        again.registered(after(days=3), location="3栋", household_id="h"),
        again.classified("facility.lift"),
        late.registered(after(days=1), location="=1+1 03栋", channel="phone"),
        late.breached("answer"),
        before.registered(after(days=-30)),
        year_ago.registered(after(days=-365)),
        elsewhere.registered(after(days=-300)),
        west.registered(),
    )


def sheets(answer: Any) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each sheet from its headings on."""
    book = load_workbook(BytesIO(answer.data))
    return {sheet.title: list(sheet.iter_rows(min_row=4, values_only=True)) for sheet in book}


@pytest.mark.usefixtures("november")
def test_a_month_is_told_with_the_one_before_and_the_same_of_last_year(get: Get) -> None:
    answer = get("reports/2026-11")

    assert "TS-9" not in answer.text
    report = answer.json
    assert report["period"] | {"made_at": None} == {
        "kind": "monthly",
        "name": "2026-11",
        "from": "2026-11-01",
        "to": "2026-12-01",
        "made_at": None,
    }
    assert (report["scope"], report["scope_name"]) == ("g/east", "Region east")
    counts = {name: row and row["received"] for name, row in report["overview"].items()}
    assert counts == {"now": 3, "before": 1, "year_before": 1}
    assert [(row["key"], row["received"]) for row in report["months"]] == [
        ("2026-01", 1),
        ("2026-10", 1),
        ("2026-11", 3),
    ]
    assert [(row["building"], row["valid"], row["repeats"]) for row in report["by_building"]] == [
        ("3栋", 3, 1)
    ]
    assert report["repeats"]["places"] == [
        {"estate": "E1", "name": "翠湖", "place": "3栋", "category": "facility.lift", "repeats": 1}
    ]
    assert report["overdue"]["total"] == 1
    [overdue] = report["overdue"]["rows"]
    assert (overdue["number"], overdue["clock"], overdue["status"]) == ("TS-2", "answer", "received")
    assert overdue["received_at"] == "2026-11-11T12:00:00+08:00"
    assert report["satisfaction"]["answers"]["dissatisfied"] == 1
    assert report["satisfaction"]["ratio"] == 0
    assert [case["number"] for case in report["typical"]] == ["TS-0", "TS-1", "TS-2"]
    assert report["typical"][0]["status"] == "resolved"


@pytest.mark.usefixtures("november")
@pytest.mark.parametrize("by", ["category", "estate", "region", "channel", "severity", "department"])
def test_its_figures_are_those_of_the_kpis(get: Get, by: str) -> None:
    window = {"from": "2026-11-01", "to": "2026-12-01"}

    report = get("reports/2026-11").json
    kpis = {row["key"]: row for row in get("kpis", by=by, **window).json["rows"]}

    rows = {row["key"]: row for row in report[f"by_{by}"]}
    assert {
        key: {**kpi, "received_before": rows[key]["received_before"]} for key, kpi in kpis.items()
    } == rows
    [total] = get("kpis", by="total", **window).json["rows"]
    assert report["overview"]["now"] == total
    unsolved = get("unsolved", **window).json
    assert report["unsolved"]["unsolved"] == unsolved["unsolved"]


@pytest.mark.usefixtures("november")
def test_a_quarter_is_three_months(get: Get) -> None:
    report = get("reports/2026-Q4").json

    assert (report["period"]["kind"], report["period"]["from"], report["period"]["to"]) == (
        "quarterly",
        "2026-10-01",
        "2027-01-01",
    )
    assert report["overview"]["now"]["received"] == 4
    assert report["overview"]["before"] is None


@pytest.mark.usefixtures("november")
def test_the_workbook_says_the_same_with_charts_that_live_on_its_cells(get: Get) -> None:
    answer = get("reports/2026-11", format="xlsx")

    assert answer.headers["Content-Disposition"].endswith(quote("投诉月报-Region east-2026-11.xlsx"))
    found = sheets(answer)
    assert list(found)[:4] == ["总览", "趋势", "按类别", "按项目"]
    overview = {row[0]: row[1:] for row in found["总览"]}
    assert overview["受理件数"][:4] == (3, 1, 2, 1)
    assert [row[0] for row in found["按类别"][1:]] == ["电梯", "（无）"]
    assert found["按项目"][1][:3] == ("翠湖", 3, 1)
    [overdue] = found["超时清单"][1:]
    assert (overdue[0], str(overdue[6]), overdue[9]) == ("TS-2", "2026-11-11 12:00:00", "答复")
    package = zipfile.ZipFile(BytesIO(answer.data))
    charts = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) >= 6
    assert all(b"<c:f>" in package.read(chart) for chart in charts)


@pytest.mark.usefixtures("november")
def test_it_is_told_in_english_to_those_who_ask_so(get: Get) -> None:
    found = sheets(get("reports/2026-11", "en", format="xlsx"))

    assert list(found)[:2] == ["Overview", "Trend"]
    assert found["By category"][1][0] == "Lifts"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(tell: Tell, get: Get, text: str) -> None:
    case = Case("TS-0")
    tell(estate(name=text), case.registered(location=text, household_id="h"))

    answer = get("reports/2026-11", format="xlsx")

    book = load_workbook(BytesIO(answer.data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    named = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(text.strip()[0])]
    assert named
    assert all(cell.quotePrefix for cell in named)


def test_a_month_without_complaints_is_a_report_all_the_same(tell: Tell, get: Get) -> None:
    tell(estate())

    report, book = get("reports/2026-11").json, sheets(get("reports/2026-11", format="xlsx"))

    assert report["overview"] == {"now": None, "before": None, "year_before": None}
    assert report["overdue"] == {"total": 0, "rows": []}
    assert book["总览"][0][0] == "本期没有投诉。"
    assert book["按类别"][1][0] == "无。"


@pytest.mark.parametrize("name", ["2026-13", "2026-Q5", "november", "2026", "1999-11"])
def test_what_is_no_period_is_not_found_and_says_what_is(tell: Tell, get: Get, name: str) -> None:
    tell(estate())

    answer = get(f"reports/{name}")

    assert answer.status_code == 404
    assert "2026-11" in answer.json["detail"]


@pytest.mark.parametrize(
    ("role", "query", "status"), [("handler", {}, 403), ("head", {"scope": "g/west"}, 404)]
)
def test_nobody_reads_of_others(tell: Tell, get: Get, role: str, query: dict[str, str], status: int) -> None:
    tell(estate(), estate("E9", region="west"))

    assert get("reports/2026-11", role=role, **query).status_code == status


def test_every_category_that_ships_has_a_name_here() -> None:
    pack = load_rule_pack()

    assert {f"category_{code}" for code in pack.categories} <= set(names.CATEGORIES)


def test_the_oldest_of_many_overdue_are_listed_and_all_are_counted(
    tell: Tell, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.analytics.storage.listings.MOST", 2)
    cases = [Case(f"TS-{n}") for n in range(3)]
    tell(
        estate(),
        *(case.registered(after(days=n)) for n, case in enumerate(cases)),
        *(case.breached("answer") for case in cases),
    )

    report = get("reports/2026-11").json

    assert report["overdue"]["total"] == 3
    assert [case["number"] for case in report["overdue"]["rows"]] == ["TS-0", "TS-1"]
    assert sheets(get("reports/2026-11", format="xlsx"))["超时清单"]
