"""Routing with its real database, handlers and HTTP surface; two estates with two handlers in each department."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from sqlalchemy import Table, select

from services.chassis.auth.keys import public, write_key_set
from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.i18n import Translator
from services.chassis.loops import Stop
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform import Platform
from services.chassis.settings import load
from services.chassis.testing.auth import TestAuth
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.chassis.testing.services import ServiceDatabase, deliver, make_event, published
from services.routing.app import SERVICE, web
from services.routing.domain.shifts import read_shifts
from services.routing.passwords import Passwords
from services.routing.policy.holding import TRUSTED_SECONDS
from services.routing.rule_pack import load_rule_pack
from services.routing.settings import RoutingSettings
from services.routing.storage import policies as policy_rows
from services.routing.usecases import policies
from services.routing.usecases.staff import COMMAND_LINE, Appointment, appoint

DEPARTMENTS = ("customer_service", "engineering", "cleaning", "security", "finance")
PATHS = {"cuihu": "linli/east/cuihu", "binjiang": "linli/east/binjiang"}
ALWAYS = read_shifts("Mon-Sun 00:00-00:00")

#: Delivers events as one batch.
Tell = Callable[..., Handling]
#: What was published, all or of one name.
Published = Callable[..., list[Event]]
#: Reads a whole table.
Rows = Callable[[Table], list[Mapping[str, Any]]]
#: Sets the policy document of a place, `(content, path="linli")`.
SetPolicy = Callable[..., None]
#: Headers of a request by `(role, path, id)`, with a key of its own.
Caller = Callable[..., dict[str, str]]


def estate(code: str = "cuihu", *, path: str | None = None, version: int = 1) -> Event:
    """An estate becomes known, or changes."""
    data = {
        "code": code,
        "name": f"{code} 小区",
        "path": path or PATHS[code],
        "zone": "Asia/Shanghai",
        "group": "linli",
        "group_name": "邻里",
        "households_total": 100,
        "households_occupied": 90,
    }
    return make_event("estate.changed", code, data, source="intake", version=version, estate=code)


def registered(number: str, **others: Any) -> Event:
    """A complaint is on the register: received a minute before the test's clock starts, recorded half a minute later."""
    mode = others.pop("mode", "live")
    data = {
        "number": number,
        "estate": "cuihu",
        "channel": "web",
        "kind": "complaint",
        "text": "3 栋电梯坏了两天,没有人修。",
        "received_at": DEFAULT_START - timedelta(seconds=60),
        "recorded_at": DEFAULT_START - timedelta(seconds=30),
        "anonymous": False,
        "party_id": f"party-{number}",
        **others,
    }
    data["path"] = PATHS.get(data["estate"], f"linli/east/{data['estate']}")
    return make_event("complaint.registered", number, data, source="intake", estate=data["estate"], mode=mode)


def rated(
    number: str, satisfaction: str, at: datetime = DEFAULT_START, version: int = 2, estate: str = "cuihu"
) -> Event:
    """The complainant said how satisfied he is."""
    data = {"number": number, "satisfaction": satisfaction, "at": at}
    return make_event("complaint.rated", number, data, source="intake", version=version, estate=estate)


def withdrawn(number: str, at: datetime = DEFAULT_START, version: int = 2, estate: str = "cuihu") -> Event:
    """The complainant took it back."""
    data = {"number": number, "reason": "已自行解决", "at": at}
    return make_event("complaint.withdrawn", number, data, source="intake", version=version, estate=estate)


def called_back(number: str, outcome: str, round: int = 1, version: int = 1) -> Event:
    """A callback is at its end."""
    data = {
        "number": number,
        "callback_id": "callback-1",
        "outcome": outcome,
        "attempts": 1,
        "round": round,
        "at": DEFAULT_START,
    }
    return make_event(
        "callback.completed", number, data, source="notification", version=version, estate="cuihu"
    )


def person(username: str, department: str | None, **others: Any) -> Appointment:
    """A handler of cuihu who is always on shift."""
    values = {"role": "handler", "path": PATHS["cuihu"], "shifts": ALWAYS, **others}
    return Appointment(username=username, name=username, department=department, **values)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def database(service_database: ServiceDatabase, clock: ManualClock) -> Database:
    """The migrated database of routing, with the two estates and no staff."""
    return service_database(SERVICE, clock)


@pytest.fixture
def auth(clock: ManualClock) -> TestAuth:
    """Signs callers in."""
    return TestAuth(clock)


@pytest.fixture
def settings(tmp_path: Path, auth: TestAuth) -> RoutingSettings:
    """Settings as they are where nothing is set but what must be."""
    write_key_set(tmp_path / "keys.json", auth.keys)
    write_key_set(tmp_path / "jwks.json", public(auth.keys))
    return load(
        RoutingSettings,
        {
            "LINLI_ROUTING_DATABASE_URL": "unused",
            "LINLI_SIGNING_KEYS_FILE": str(tmp_path / "keys.json"),
            "LINLI_JWKS_FILE": str(tmp_path / "jwks.json"),
        },
    )


@pytest.fixture
def platform(database: Database, clock: ManualClock, auth: TestAuth) -> Platform:
    """What routing runs on in a test."""
    return Platform(
        service="routing",
        database=database,
        clock=clock,
        metrics=PlatformMetrics(CollectorRegistry()),
        stop=Stop(),
        wake=threading.Event(),
        translator=Translator(CHASSIS_MESSAGES, SERVICE.messages),
        gate=auth.gate(),
    )


@pytest.fixture
def handlers(platform: Platform, settings: RoutingSettings) -> Mapping[str, Handler]:
    """The handlers as the worker has them."""
    return SERVICE.handlers(platform, settings)


@pytest.fixture
def tell(database: Database, handlers: Mapping[str, Handler]) -> Tell:
    """A function that delivers events as one batch, after the two estates became known."""
    deliver(database, handlers, estate("cuihu"), estate("binjiang"))
    return lambda *events: deliver(database, handlers, *events)


@pytest.fixture
def set_policy(database: Database, tell: Tell, clock: ManualClock) -> SetPolicy:
    """A function that sets the document of a place and lets the moment pass in which processes trust the one before."""
    pack = load_rule_pack()

    def put(content: Mapping[str, Any], path: str = "linli") -> None:
        with database.begin() as work:
            before = policy_rows.of_path(work.connection, path)
            change = policies.Change(path, before.version if before else 0, content, "试行。")
            policies.put(work, pack, change, scope="")
        clock.advance(seconds=TRUSTED_SECONDS)

    return put


@pytest.fixture
def staff(database: Database) -> dict[str, str]:
    """Ids by username: handlers `engineering-1`, `engineering-2` and so on in cuihu."""
    ids = {}
    with database.begin() as work:
        for department in DEPARTMENTS:
            for turn in (1, 2):
                wanted = person(f"{department}-{turn}", department)
                ids[wanted.username] = appoint(work, COMMAND_LINE, wanted, "zh")
    return ids


@pytest.fixture
def told(database: Database) -> Published:
    """A function that gives what was published."""
    return lambda name=None: published(database, name)


@pytest.fixture
def rows(database: Database) -> Rows:
    """A function that reads a whole table."""

    def read(table: Table) -> list[Mapping[str, Any]]:
        with database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(table))]

    return read


@pytest.fixture
def step_of(platform: Platform, settings: RoutingSettings) -> Callable[[str], Callable[[], bool]]:
    """A function that gives the step of a loop by its name."""
    loops = {loop.name: loop.step for loop in SERVICE.loops(platform, settings)}
    return lambda name: loops[name]


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """Hashes that cost next to nothing; those of `linli accounts` cost what they should."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def client(platform: Platform, settings: RoutingSettings, passwords: Passwords) -> FlaskClient:
    """A client of routing's HTTP surface."""
    return web(platform, settings, passwords).test_client()


@pytest.fixture
def caller(auth: TestAuth) -> Caller:
    """A function `(role, path, id)` that gives the headers of a request with a key of its own."""
    count = iter(range(1_000_000))

    def headers(role: str = "director", path: str = "linli/east/cuihu", id: str = "leader") -> dict[str, str]:
        return {**auth.headers(role, path, id), "Idempotency-Key": f"key-{next(count)}"}

    return headers
