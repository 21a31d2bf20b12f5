"""Canaries: names, telephones and e-mails that go in appear nowhere they must not (DESIGN §2.8, RELIABILITY O3)."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import structlog

from services.chassis import logs
from services.contracts.catalogue import CATALOGUE
from tests.integration.surface.installation import Installation
from tests.integration.surface.world import DEPARTMENTS, TREE, order_of

#: What nobody else is called, and numbers nobody else has, as they are sent and as they are kept.
_NAME, _STAFF_NAME = "司马长卿", "欧阳若兮"
_NUMBERS = ("13912345678", "13987654321", "0571-87654321", "330106199001011234")
_EMAILS = ("changqing.sima@example.cn", "ruoxi.ouyang@example.cn")
CANARIES = (
    _NAME,
    _STAFF_NAME,
    *_NUMBERS,
    *_EMAILS,
    "139 1234 5678",
    "139-1234-5678",
    "057187654321",
)
_TEXT = "请回电 139 1234 5678 或 0571-87654321,邮箱 changqing.sima@example.cn,身份证 330106199001011234。"


@dataclass
class Seen:
    """Everything that came out while the canaries went through."""

    logs: str = ""
    metrics: str = ""
    problems: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def stream() -> Iterator[io.StringIO]:
    """All log lines of this process, from DEBUG on."""
    root = logging.getLogger()
    handlers, level, kept = root.handlers[:], root.level, structlog.get_config()
    lines = io.StringIO()
    logs.configure("DEBUG", lines)
    yield lines
    root.handlers[:], root.level = handlers, level
    structlog.configure(**kept)


@pytest.fixture(scope="module")
def seen(installation: Installation, stream: io.StringIO) -> Seen:
    """A complaint with canaries in every field goes from its receipt to its callback, and some things go wrong."""
    told = Seen()
    _people(installation)
    number, claim_code = _complaint(installation)
    installation.carry()
    _handling(installation, number)
    _follow_ups(installation, number, claim_code)
    told.problems = _mistakes(installation, number)
    _senders(installation)
    told.logs = stream.getvalue()
    told.metrics = installation.services["intake"].app.test_client().get("/metrics").text
    return told


def _people(installation: Installation) -> None:
    operator = installation.headers("operator")
    households = f"estate,unit,name,phone,email\nE1,3-2-502,{_NAME},{_NUMBERS[0]},{_EMAILS[0]}\n"
    lists = {"intake/estates": TREE, "intake/households": households, "routing/departments": DEPARTMENTS}
    for what, rows in lists.items():
        path = f"/api/{what}/import"
        sent = {"data": rows.encode(), "content_type": "text/csv"}
        assert installation.send("POST", path, operator, **sent).status_code == 200
        installation.carry()
    handler = {
        "username": "handler",
        "name": _STAFF_NAME,
        "role": "handler",
        "path": "G/EAST/E1",
        "department": "engineering",
        "phone": _NUMBERS[1],
        "email": _EMAILS[1],
        "shifts": "Mon-Sun 00:00-00:00",
    }
    assert installation.send("POST", "/api/routing/staff", operator, json=handler).status_code == 201
    installation.carry()


def _complaint(installation: Installation) -> tuple[str, str]:
    reporter = {"name": _NAME, "phone": _NUMBERS[0], "email": _EMAILS[0], "unit": "3-2-502"}
    body = {
        "estate": "E1",
        "channel": "web",
        "text": f"电梯坏了三天,一直没有人来修。{_TEXT}",
        "demand": _TEXT,
        "location": f"3 栋 {_NUMBERS[0]}",
        "reporter": reporter,
    }
    receipt = installation.send("POST", "/api/intake/complaints", json=body)
    assert receipt.status_code == 201
    return receipt.json["number"], receipt.json["claim_code"]


def _handling(installation: Installation, number: str) -> None:
    order = order_of(installation, number)["id"]
    for step in ("accept", "answer", "arrive", "progress", "resolve", "sign-off"):
        who = installation.headers("director", "G", "leader" if step == "sign-off" else "worker")
        done = installation.send(
            "POST", f"/api/routing/work-orders/{order}/{step}", who, json={"note": f"已联系 {_TEXT}"}
        )
        assert done.status_code == 200, done.text
    installation.carry()
    receiver = installation.headers("receiver", "G", "caller")
    looked = installation.send(
        "POST", f"/api/notification/complaints/{number}/contact-views", receiver, json={"reason": _TEXT}
    )
    assert looked.json["name"] == _NAME
    (task,) = installation.send("GET", "/api/notification/callbacks", receiver).json["items"]
    claimed = installation.send("POST", f"/api/notification/callbacks/{task['id']}/claim", receiver)
    assert claimed.json["phone"].endswith(_NUMBERS[0])
    body = {"outcome": "dissatisfied", "comment": _TEXT}
    reported = installation.send(
        "POST", f"/api/notification/callbacks/{task['id']}/outcome", receiver, json=body
    )
    assert reported.status_code == 200
    installation.carry()


def _follow_ups(installation: Installation, number: str, claim_code: str) -> None:
    director, approver = (
        installation.headers("director", "G"),
        installation.headers("centre", "G", "approver"),
    )
    reason = {"reason": _TEXT}
    invalid = {"verdict": "invalid", "reasons": ["other"], "explanation": _TEXT, "note": _TEXT}
    decisions = [
        ("classification", {"urgency": "deferrable", **reason}, director),
        ("verification", {"verdict": "valid", "reasons": ["own_fault"], "note": _TEXT}, director),
        ("close", reason, director),
        ("close-approval", {"decision": "grant", **reason}, approver),
        ("reopen", reason, director),
        ("verification", invalid, director),
        ("close-approval", {"decision": "grant", **reason}, approver),
        ("reopen", reason, director),
    ]
    supplement = {"claim_code": claim_code, "text": _TEXT}
    path = f"/api/intake/complaints/{number}"
    assert installation.send("POST", f"{path}/supplements", json=supplement).status_code == 201
    for what, body, who in decisions:
        done = installation.send("POST", f"/api/routing/complaints/{number}/{what}", who, json=body)
        assert done.status_code == 200, done.text
    withdrawn, code = _complaint(installation)
    body = {"claim_code": code, "reason": _TEXT}
    answer = installation.send("POST", f"/api/intake/complaints/{withdrawn}/withdrawal", json=body)
    assert answer.status_code == 200
    installation.carry()


def _mistakes(installation: Installation, number: str) -> list[str]:
    """Requests that are refused with canaries in them; returns the answers."""
    path, operator = "/api/intake/complaints", installation.headers("operator")
    good = {"estate": "E1", "channel": "web", "text": _TEXT}
    wrong = [
        {**good, "reporter": {"name": _NAME * 30, "phone": f"{_NUMBERS[0]}\x07", "email": f"{_EMAILS[0]}@"}},
        {**good, "estate": _NUMBERS[0]},
        {**good, "kind": _EMAILS[0]},
        {**good, "received_at": _NUMBERS[0]},
        {**good, "reporter": _NAME},
    ]
    staff = {"username": _NAME, "name": _NAME, "role": _NAME, "path": _NAME, "phone": 13912345678}
    rows = f"estate,unit,name,phone,email\nE1,1-101,{_NAME},{_NAME},{_EMAILS[0]}@@\n"
    csv = {"data": rows.encode(), "content_type": "text/csv"}
    answers = [
        *(installation.send("POST", path, json=body) for body in wrong),
        installation.send("POST", path, data=f'{{"text": "{_TEXT}'.encode(), content_type="application/json"),
        installation.send("POST", path, data=_TEXT.encode(), content_type="text/plain"),
        installation.send(
            "POST", f"{path}/{number}/rating", json={"claim_code": _NUMBERS[0], "satisfaction": "satisfied"}
        ),
        installation.send("POST", "/api/routing/staff", operator, json=staff),
        installation.send(
            "POST", "/api/routing/tokens", json={"username": _EMAILS[0], "password": _NUMBERS[0]}
        ),
        installation.send("POST", "/api/intake/households/import", operator, **csv),
        installation.send("GET", path, operator | {"Authorization": f"Bearer {_NAME.encode()!r}"}),
    ]
    assert all(400 <= answer.status_code < 500 for answer in answers), [a.text for a in answers]
    return [answer.text for answer in answers]


def _senders(installation: Installation) -> None:
    """Let the messages go out through the log provider."""
    steps = installation.services["notification"].steps
    installation.clock.advance(minutes=1)
    for step in steps.values():
        while step():
            installation.clock.advance(seconds=1)


def _found(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def test_the_log_holds_no_personal_data(seen: Seen) -> None:
    assert '"event":"request"' in seen.logs
    assert _found(seen.logs) == []


def test_metrics_hold_no_personal_data(seen: Seen) -> None:
    assert "linli_events_handled_total" in seen.metrics
    assert _found(seen.metrics) == []


def test_refusals_hold_no_personal_data(seen: Seen) -> None:
    assert [found for text in seen.problems if (found := _found(text))] == []


def test_on_the_exchange_only_contact_recorded_holds_personal_data(
    installation: Installation, seen: Seen
) -> None:
    published = installation.published()

    found = {name: _found(body.decode()) for _, name, body in published if _found(body.decode())}

    assert set(found) == {"contact.recorded"}
    assert CATALOGUE.consumed_by("notification") >= {"contact.recorded"}
    told = {name for _, name, _ in published}
    assert {
        "complaint.registered",
        "complaint.supplemented",
        "complaint.withdrawn",
        "complaint.answered",
    } <= told
    assert {"complaint.resolved", "complaint.closed", "complaint.reopened", "callback.completed"} <= told
    assert {"complaint.classified", "workorder.progressed", "workorder.resolved", "staff.changed"} <= told


@pytest.mark.parametrize("name", ["routing", "analytics"])
def test_routing_and_analytics_keep_nothing_of_residents(
    installation: Installation, seen: Seen, name: str
) -> None:
    residents = (_NAME, _NUMBERS[0], _EMAILS[0], "139 1234 5678", "0571-87654321", "330106199001011234")
    with installation.services[name].on.database.read() as connection:
        tables = connection.exec_driver_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).scalars()
        kept = "\n".join(
            str(connection.exec_driver_sql(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t').scalar())
            for table in tables
        )

    assert [canary for canary in residents if canary in kept] == []
