"""Bad input on the queue of the real services: a dead letter with its reason and raw bytes, or counted as known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from services.chassis.dead_letters import dead_letters
from services.chassis.envelope import BadMessage
from services.chassis.handling import Unreadable
from services.chassis.ids import new_id
from services.chassis.inbox import inbox
from services.standalone import SERVICES
from tests.integration.surface.installation import Installation, Service

_NAMES = tuple(definition.name for definition in SERVICES)

#: An event each service consumes, with its publisher and data.
_STAFF = ("staff.changed", "routing", {"staff_id": "s", "role": "handler", "path": "G", "disabled": False})
_WITHDRAWN = (
    "complaint.withdrawn",
    "intake",
    {"number": "TS-20261122-ABCDEF", "at": "2026-11-22T04:00:00+00:00"},
)
_ESTATE = (
    "estate.changed",
    "intake",
    {
        "code": "E9",
        "name": "翠苑花园",
        "path": "G/E9",
        "zone": "Asia/Shanghai",
        "group": "G",
        "group_name": "绿城集团",
        "households_total": 1,
        "households_occupied": 1,
    },
)
_CONSUMED: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "intake": _STAFF,
    "routing": _ESTATE,
    "notification": _STAFF,
    "analytics": _STAFF,
}


def _envelope(service: str, **changes: Any) -> dict[str, Any]:
    name, source, data = _CONSUMED[service]
    body = {
        "specversion": "1.0",
        "id": new_id(),
        "type": f"linli.{name}.v1",
        "source": f"/{source}",
        "subject": "subject",
        "time": "2026-11-22T04:00:00Z",
        "version": "1",
        "mode": "live",
        "datacontenttype": "application/json",
        "estate": "E9",
        "data": data,
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


def _receive(service: Service, body: bytes) -> None:
    """What the worker does with a fresh delivery."""
    try:
        message = service.handling.read(body, False)
    except BadMessage as error:
        service.handling.bury([Unreadable(body, error, False)])
    else:
        service.handling.batch([message])


def _letters(service: Service, body: bytes) -> list[Mapping[str, Any]]:
    with service.on.database.read() as connection:
        rows = connection.execute(select(dead_letters).where(dead_letters.c.body == body))
        return [dict(row._mapping) for row in rows]


def _handled(registry: CollectorRegistry, service: str, outcome: str) -> float:
    samples = (sample for metric in registry.collect() for sample in metric.samples)
    return sum(
        sample.value
        for sample in samples
        if sample.name == "linli_events_handled_total"
        and (sample.labels["service"], sample.labels["outcome"]) == (service, outcome)
    )


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("not_json", lambda name: b"nonsense"),
        ("not_json", lambda name: b""),
        ("not_json", lambda name: b"\xff\xfe\x00"),
        ("not_json", lambda name: orjson.dumps(_envelope(name))[:-1]),
        ("no_envelope", lambda name: b"[]"),
        ("no_envelope", lambda name: b'{"number": "TS-20261122-ABCDEF"}'),
        ("no_envelope", lambda name: orjson.dumps(_envelope(name, id=None))),
        ("no_envelope", lambda name: orjson.dumps(_envelope(name, specversion="9.9"))),
        ("unknown_type", lambda name: orjson.dumps(_envelope(name, type="linli.moon.risen.v1"))),
        ("unknown_type", lambda name: orjson.dumps(_envelope(name, type=f"linli.{_CONSUMED[name][0]}.v2"))),
        ("unknown_type", lambda name: orjson.dumps(_envelope(name, type="com.example.thing"))),
        ("schema", lambda name: orjson.dumps(_envelope(name, data={}))),
        ("schema", lambda name: orjson.dumps(_envelope(name, data=[1]))),
        ("schema", lambda name: orjson.dumps(_envelope(name, version="0"))),
        ("schema", lambda name: orjson.dumps(_envelope(name, subject=None))),
        ("schema", lambda name: orjson.dumps(_envelope(name, mode="dreamt"))),
        ("schema", lambda name: orjson.dumps(_envelope(name, id="7"))),
        ("too_large", lambda name: b"x" * 2_000_000),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_reason(
    installation: Installation, name: str, reason: str, make: Any
) -> None:
    service = installation.services[name]
    registry = installation.process.metrics.registry
    body = make(name)
    before, buried = _letters(service, body), _handled(registry, name, "dead_letter")

    _receive(service, body)

    (letter,) = _letters(service, body)
    assert letter["reason"] == reason
    assert letter["cause"]
    assert bytes(letter["body"]) == body
    assert letter["times"] == len(before) + 1
    assert _handled(registry, name, "dead_letter") == buried + 1


@pytest.mark.parametrize("name", _NAMES)
def test_an_event_of_somebody_else_is_no_event_for_this_service(
    installation: Installation, name: str
) -> None:
    service = installation.services[name]
    other = "replay.finished" if name != "analytics" else "workorder.accepted"
    body = orjson.dumps(_envelope(name, type=f"linli.{other}.v1", data=_OTHER[other]))

    _receive(service, body)

    (letter,) = _letters(service, body)
    assert letter["reason"] == "unknown_type"


_OTHER: Mapping[str, dict[str, Any]] = {
    "replay.finished": {"consumer": "analytics", "generation": 1, "sent": 0},
    "workorder.accepted": {
        "number": "TS-20261122-ABCDEF",
        "work_order_id": "w",
        "by": "s",
        "at": "2026-11-22T04:00:00+00:00",
    },
}


_WITHOUT_ESTATE = {
    "intake": ("workorder.accepted", "routing", _OTHER["workorder.accepted"]),
    "routing": _WITHDRAWN,
    "notification": _ESTATE,
    "analytics": _WITHDRAWN,
}


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("estate", [None, "", 7])
def test_an_event_without_its_estate_is_kept_with_its_reason(
    installation: Installation, name: str, estate: object
) -> None:
    """F14: the tenant is missing."""
    service = installation.services[name]
    event, source, data = _WITHOUT_ESTATE[name]
    body = orjson.dumps(
        _envelope(name, type=f"linli.{event}.v1", source=f"/{source}", data=data, estate=estate)
    )

    _receive(service, body)

    (letter,) = _letters(service, body)
    assert letter["reason"] == "schema"
    assert "estate" in letter["cause"]


@pytest.mark.parametrize("name", ["routing", "notification", "analytics"])
def test_an_event_that_names_two_estates_is_kept_with_its_reason(
    installation: Installation, name: str
) -> None:
    """F14: a foreign tenant."""
    service = installation.services[name]
    data = {
        "number": "TS-20261122-ABCDEF",
        "estate": "E8",
        "path": "G/E8",
        "channel": "web",
        "kind": "complaint",
        "text": "电梯坏了",
        "received_at": "2026-11-22T04:00:00+00:00",
        "recorded_at": "2026-11-22T04:00:00+00:00",
        "anonymous": True,
    }
    body = orjson.dumps(
        _envelope(name, type="linli.complaint.registered.v1", source="/intake", data=data, estate="E9")
    )

    _receive(service, body)

    (letter,) = _letters(service, body)
    assert letter["reason"] == "schema"
    assert "another in the data" in letter["cause"]


@pytest.mark.parametrize("name", _NAMES)
def test_a_known_id_has_no_effect_and_is_counted(installation: Installation, name: str) -> None:
    service = installation.services[name]
    registry = installation.process.metrics.registry
    body = orjson.dumps(_envelope(name))
    _receive(service, body)
    handled, known = _handled(registry, name, "handled"), _handled(registry, name, "known")

    _receive(service, body)
    _receive(service, body)

    assert _handled(registry, name, "handled") == handled
    assert _handled(registry, name, "known") == known + 2
    assert _letters(service, body) == []
    with service.on.database.read() as connection:
        event_id = orjson.loads(body)["id"]
        assert (
            connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.event_id == event_id))
            == 1
        )


@pytest.mark.parametrize("name", _NAMES)
def test_a_bad_message_does_not_hold_up_those_behind_it(installation: Installation, name: str) -> None:
    service = installation.services[name]
    registry = installation.process.metrics.registry
    handled = _handled(registry, name, "handled")

    for body in (b"nonsense", orjson.dumps(_envelope(name))):
        _receive(service, body)

    assert _handled(registry, name, "handled") == handled + 1
