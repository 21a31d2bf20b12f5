"""The composition root of notification: the one place that puts its parts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask

from services.chassis import replay
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.http import dead_letters
from services.chassis.http.app import create_app
from services.chassis.loops import Loop
from services.chassis.platform import Platform, ServiceDefinition
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.catalogue import CATALOGUE
from services.contracts.vocabulary import Role
from services.notification import routes
from services.notification.handlers import HANDLERS, Deps
from services.notification.messages import MESSAGES
from services.notification.metrics import CallbackMetrics, SenderMetrics
from services.notification.providers.log import LogProvider
from services.notification.sender import Sender
from services.notification.settings import NotificationSettings
from services.notification.timed_calls import TimedCalls
from services.notification.wording import read_wording

#: Calls to a provider that may hang at the same time before no more are made.
MOST_HANGING = 20


def web(platform: Platform, settings: NotificationSettings) -> Flask:
    """The HTTP application."""
    metrics = CallbackMetrics(platform.registry)
    blueprints = [
        routes.callbacks_blueprint(platform.database, settings.callback_policy, metrics),
        routes.messages_blueprint(platform.database),
        routes.contacts_blueprint(platform.database),
        dead_letters.blueprint(
            platform.database, keepers=(Role.AUDITOR, Role.OPERATOR), readers=(Role.AUDITOR,)
        ),
    ]
    return create_app("notification", blueprints, context=platform.context())


def handlers(platform: Platform, settings: NotificationSettings) -> Mapping[str, Handler]:
    """What is done with each event."""
    deps = Deps(wording=read_wording(settings.progress_url))
    return {
        **{name: _bind(handler, deps) for name, handler in HANDLERS.items()},
        replay.REQUESTED: replay.on_requested,
    }


def _bind(handler: Callable[[list[Event], UnitOfWork, Deps], None], deps: Deps) -> Handler:
    return lambda events, work: handler(events, work, deps)


def loops(platform: Platform, settings: NotificationSettings) -> list[Loop]:
    """The senders."""
    provider = LogProvider()
    calls = TimedCalls(settings.provider_seconds, MOST_HANGING)
    sender = Sender(
        platform.database,
        provider,
        calls,
        SenderMetrics(platform.registry),
        platform.clock,
        max_attempts=settings.message_attempts,
    )
    return [sender.loop(f"notification.sender-{number}") for number in range(1, settings.senders + 1)]


SERVICE = ServiceDefinition(
    name="notification",
    settings=NotificationSettings,
    catalogue=CATALOGUE,
    messages=MESSAGES,
    migrations=Path(__file__).parent / "migrations" / "versions",
    web=web,
    handlers=handlers,
    loops=loops,
)
