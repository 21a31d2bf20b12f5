"""What a service is, as data, and what it runs on in one process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from prometheus_client import CollectorRegistry
from sqlalchemy import make_url

from services.chassis.auth.keys import JwksFile
from services.chassis.auth.revocation import DisabledPrincipals
from services.chassis.clock import Clock, SystemClock
from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.errors import Unavailable
from services.chassis.events import Catalogue
from services.chassis.http.access import Gate
from services.chassis.http.app import HttpContext
from services.chassis.http.operations import Check
from services.chassis.i18n import Catalogue as Messages
from services.chassis.i18n import Translator
from services.chassis.loops import Loop, Stage, Stop
from services.chassis.messages import MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.references import Reference
from services.chassis.sql import connect


def _nothing() -> None:
    """Find nothing wrong."""


class ServiceSettings(Protocol):
    """What the chassis reads of a service's settings."""

    @property
    def database_url(self) -> str:
        """The service's own database, `postgresql+psycopg://…`."""

    @property
    def jwks_file(self) -> Path:
        """The public keys that tokens are checked with."""

    @property
    def http_threads(self) -> int:
        """Threads that answer requests."""

    @property
    def trusted_proxies(self) -> int:
        """How many proxies stand in front."""

    @property
    def batch_size(self) -> int:
        """Messages handled in one transaction at most."""

    @property
    def batch_seconds(self) -> float:
        """How long a transaction waits for more messages after its first."""

    @property
    def prefetch(self) -> int:
        """Messages that the broker hands to one worker ahead of their acknowledgement."""

    @property
    def handler_seconds(self) -> float:
        """How long a handler may take before it ends its process (DESIGN §2.7)."""

    @property
    def relay_batch_size(self) -> int:
        """Events sent with one round of confirms at most."""

    @property
    def archive_days(self) -> int:
        """Days that sent events are kept, 0 for ever."""

    @property
    def inbox_days(self) -> int:
        """Days that the inbox remembers what was handled."""

    @property
    def seal_seconds(self) -> float:
        """The span of one seal (DESIGN §2.12)."""

    @property
    def seal_margin_seconds(self) -> float:
        """How long after a span its events may still be committed or under way."""


@dataclass(frozen=True)
class ServiceDefinition:
    """A service, as its `app.py` describes it to the programs that run it.

    `settings` is built from the environment; `web`, `handlers` and `loops` get the platform and those settings. `migrations`
    is the folder of the service's Alembic versions. `references` make anew the events that are archived by reference.
    """

    name: str
    settings: type[Any]
    catalogue: Catalogue
    messages: Messages
    migrations: Path
    web: Callable[[Platform, Any], Flask]
    handlers: Callable[[Platform, Any], Mapping[str, Handler]]
    loops: Callable[[Platform, Any], list[Loop]]
    references: Mapping[str, Reference] = field(default_factory=dict)


@dataclass(frozen=True)
class Process:
    """What all services in one process share."""

    clock: Clock = field(default_factory=SystemClock)
    metrics: PlatformMetrics = field(default_factory=lambda: PlatformMetrics(CollectorRegistry()))
    stop: Stop = field(default_factory=Stop)

    def staying(self) -> None:
        """Raise once the process is about to end, so that nobody sends it any more requests."""
        if self.stop.reached(Stage.LEAVING):
            raise Unavailable("leaving")


@dataclass(frozen=True)
class Platform:
    """What one service runs on: its database, clock, metrics, words and doorkeeper.

    `wake` is set when events were left in the outbox by this process, or by another whose bell was heard. `ready` and `alive`
    raise when the process as a whole is not.
    """

    service: str
    database: Database
    clock: Clock
    metrics: PlatformMetrics
    stop: Stop
    wake: threading.Event
    translator: Translator
    gate: Gate
    trusted_proxies: int = 0
    ready: Check = _nothing
    alive: Check = _nothing

    @property
    def registry(self) -> CollectorRegistry:
        """Where the service registers its own metrics."""
        return self.metrics.registry

    def context(self, **overrides: Any) -> HttpContext:
        """The context of the service's HTTP edge; of what is outside, readiness asks the database only (DESIGN §3)."""
        standard: dict[str, Any] = {
            "clock": self.clock,
            "metrics": self.metrics,
            "translator": self.translator,
            "gate": self.gate,
            "readiness": {"process": self.ready, "database": self.database.ping},
            "liveness": {"loops": self.alive},
            "trusted_proxies": self.trusted_proxies,
        }
        return HttpContext(**{**standard, **overrides})


def platform(
    definition: ServiceDefinition,
    settings: ServiceSettings,
    process: Process,
    *,
    role: str,
    alive: Check = _nothing,
    committed: Callable[[], None] | None = None,
) -> Platform:
    """Put together what `definition` runs on. Opens nothing yet.

    `alive` raises when the process is to be ended. `committed` is called after each commit that left events; without it, the
    relay of this process is woken.
    """
    wake = threading.Event()
    database = Database(
        service=definition.name,
        engine=connect(
            settings.database_url,
            application=f"linli-{definition.name}-{role}",
            pool_size=settings.http_threads + 4,
        ),
        catalogue=definition.catalogue,
        clock=process.clock,
        committed=committed or wake.set,
    )
    keys = JwksFile(settings.jwks_file, process.clock)
    disabled = DisabledPrincipals(database.read, process.clock)
    return Platform(
        service=definition.name,
        database=database,
        clock=process.clock,
        metrics=process.metrics,
        stop=process.stop,
        wake=wake,
        translator=Translator(MESSAGES, definition.messages),
        gate=Gate(keys, disabled, process.clock),
        trusted_proxies=settings.trusted_proxies,
        ready=process.staying,
        alive=alive,
    )


def conninfo(database_url: str) -> str:
    """The same database as libpq wants it, for connections outside the pool."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
