"""Puts analytics together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from flask import Flask

from services.analytics import cells, exporter
from services.analytics.handlers import HANDLERS
from services.analytics.messages import MESSAGES
from services.analytics.routes import figures, reports
from services.analytics.settings import AnalyticsSettings
from services.analytics.storage.carries import carry_over
from services.analytics.storage.facts import drop_generation
from services.analytics.usecases import SERVICE as NAME
from services.chassis.effects import Handler
from services.chassis.http import dead_letters
from services.chassis.http.app import create_app
from services.chassis.loops import Loop
from services.chassis.platform import Platform, ServiceDefinition
from services.chassis.replay import Rebuild
from services.contracts.catalogue import CATALOGUE
from services.contracts.vocabulary import Role


def web(platform: Platform, settings: AnalyticsSettings) -> Flask:
    """The HTTP application; its `/metrics` shows the figures."""
    platform.registry.register(exporter.collector(platform))
    blueprints = [
        figures.blueprint(platform.database, platform.translator),
        reports.blueprint(platform.database, platform.translator, platform.clock),
        dead_letters.blueprint(
            platform.database, keepers=(Role.AUDITOR, Role.OPERATOR), readers=(Role.AUDITOR,)
        ),
    ]
    return create_app(NAME, blueprints, context=platform.context())


def handlers(platform: Platform, settings: AnalyticsSettings) -> Mapping[str, Handler]:
    """What is done with each event."""
    return HANDLERS


def loops(platform: Platform, settings: AnalyticsSettings) -> list[Loop]:
    """Counting into cells and for the exporter, and the swap at the end of a rebuild."""
    return [
        cells.loop(platform.database, timedelta(seconds=settings.cells_seconds)),
        exporter.counting(platform.database, timedelta(seconds=settings.rollup_seconds)),
        Rebuild(platform.database, drop_generation, carry_over).loop(),
    ]


SERVICE = ServiceDefinition(
    name=NAME,
    settings=AnalyticsSettings,
    catalogue=CATALOGUE,
    messages=MESSAGES,
    migrations=Path(__file__).parent / "migrations" / "versions",
    web=web,
    handlers=handlers,
    loops=loops,
)
