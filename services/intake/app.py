"""How intake is put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from services.chassis.effects import Handler
from services.chassis.http import dead_letters
from services.chassis.http.app import create_app
from services.chassis.loops import Loop
from services.chassis.platform import Platform, ServiceDefinition
from services.contracts.catalogue import CATALOGUE
from services.contracts.vocabulary import Role
from services.intake.estates import EstateDirectory
from services.intake.handlers import HANDLERS
from services.intake.messages import MESSAGES
from services.intake.metrics import IntakeMetrics
from services.intake.routes import attachments, complaints, contacts, estates, follow_ups
from services.intake.settings import IntakeSettings
from services.intake.usecases import people


def web(platform: Platform, settings: IntakeSettings) -> Flask:
    """Return the HTTP surface."""
    database = platform.database
    directory = EstateDirectory(database.read, platform.clock)
    metrics = IntakeMetrics(platform.registry)
    blueprints = [
        estates.blueprint(database, settings.zone),
        complaints.blueprint(database, directory, platform.translator, metrics, settings.claim_secret),
        follow_ups.blueprint(database, metrics),
        attachments.blueprint(database, settings.claim_secret),
        contacts.blueprint(database),
        dead_letters.blueprint(
            platform.database, keepers=(Role.AUDITOR, Role.OPERATOR), readers=(Role.AUDITOR,)
        ),
    ]
    return create_app("intake", blueprints, context=platform.context())


def handlers(platform: Platform, settings: IntakeSettings) -> Mapping[str, Handler]:
    """Return what intake does with each event it consumes."""
    return HANDLERS


def loops(platform: Platform, settings: IntakeSettings) -> list[Loop]:
    """Intake has no work of its own in the background."""
    return []


SERVICE = ServiceDefinition(
    name="intake",
    settings=IntakeSettings,
    catalogue=CATALOGUE,
    messages=MESSAGES,
    migrations=Path(__file__).parent / "migrations" / "versions",
    web=web,
    handlers=handlers,
    loops=loops,
    references={"contact.recorded": people.contacts},
)
