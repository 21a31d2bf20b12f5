"""The composition root of routing: the one place that puts its parts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from flask import Flask
from rapidfuzz.distance import Indel

from services.chassis import replay
from services.chassis.auth.keys import JwksFile
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.http import dead_letters
from services.chassis.http.app import create_app
from services.chassis.loops import Loop
from services.chassis.platform import Platform, ServiceDefinition
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.catalogue import CATALOGUE
from services.contracts.vocabulary import Role
from services.routing.domain.rules import Pack
from services.routing.handlers import HANDLERS
from services.routing.loops import (
    comparing,
    dispatching,
    escalating,
    forgetting,
    handing_over,
    noticing,
    recomputing,
    sealing,
)
from services.routing.messages import MESSAGES
from services.routing.metrics import metrics_in
from services.routing.passwords import Passwords
from services.routing.policy.holding import Policies
from services.routing.public_holidays import public_holidays
from services.routing.routes import (
    approvals,
    clocks,
    complaints,
    endings,
    links,
    policies,
    proposals,
    staff,
    suggestions,
    tokens,
    work_orders,
)
from services.routing.routes.cases import ShownCases
from services.routing.rule_pack import load_rule_pack
from services.routing.settings import RoutingSettings
from services.routing.usecases.context import Rules
from services.routing.usecases.regimes import Regimes
from services.routing.usecases.staff import contacts


@lru_cache(maxsize=4)
def pack_in(folder: Path) -> Pack:
    """The rule pack of a folder, read once in a process: it does not change while the process runs."""
    return load_rule_pack(folder)


def rules_of(platform: Platform, settings: RoutingSettings) -> Rules:
    """What decides in this process: pack of the settings, policies of the database, counters of the platform."""
    held = Policies(platform.database.read, platform.clock)
    return Rules(
        pack=pack_in(settings.rules_folder),
        policies=held,
        regimes=Regimes(held.of, public_holidays),
        metrics=metrics_in(platform.registry),
        dispatch_retry=timedelta(seconds=settings.dispatch_retry),
    )


def web(platform: Platform, settings: RoutingSettings, passwords: Passwords | None = None) -> Flask:
    """The HTTP application; `passwords` is for tests, which cannot afford what a hash costs."""
    rules = rules_of(platform, settings)
    passwords = passwords or Passwords()
    cases = ShownCases(platform.database, rules, platform.translator)
    signing_keys = JwksFile(settings.signing_keys_file, platform.clock)
    blueprints = [
        tokens.blueprint(platform.database, passwords, signing_keys.current, settings),
        work_orders.blueprint(platform.database, rules),
        complaints.blueprint(platform.database, rules, platform.clock, cases),
        clocks.blueprint(rules, cases),
        links.blueprint(rules, cases),
        suggestions.blueprint(platform.database, rules, cases),
        endings.blueprint(rules, cases),
        approvals.blueprint(platform.database, rules),
        proposals.blueprint(platform.database, rules),
        staff.blueprint(platform.database, passwords, rules.pack),
        policies.blueprint(platform.database, rules.pack),
        dead_letters.blueprint(
            platform.database, keepers=(Role.AUDITOR, Role.OPERATOR), readers=(Role.AUDITOR,)
        ),
    ]
    return create_app("routing", blueprints, context=platform.context())


def handlers(platform: Platform, settings: RoutingSettings) -> Mapping[str, Handler]:
    """What is done with each event."""
    rules = rules_of(platform, settings)
    return {
        **{name: _bind(handler, rules) for name, handler in HANDLERS.items()},
        replay.REQUESTED: replay.on_requested,
    }


def _bind(handler: Callable[[list[Event], UnitOfWork, Rules], None], rules: Rules) -> Handler:
    return lambda events, work: handler(events, work, rules)


def loops(platform: Platform, settings: RoutingSettings) -> list[Loop]:
    """Clocks that are due, orders that wait, cases to be compared, tokens nobody needs any more, and the timelines' chains."""
    rules = rules_of(platform, settings)
    return [
        noticing(platform.database, rules.metrics),
        escalating(platform.database, rules),
        recomputing(platform.database, rules),
        handing_over(platform.database, rules),
        dispatching(platform.database, rules),
        comparing(platform.database, rules, Indel.normalized_similarity),
        forgetting(platform.database),
        sealing(platform.database),
    ]


SERVICE = ServiceDefinition(
    name="routing",
    settings=RoutingSettings,
    catalogue=CATALOGUE,
    messages=MESSAGES,
    migrations=Path(__file__).parent / "migrations" / "versions",
    web=web,
    handlers=handlers,
    loops=loops,
    references={"contact.recorded": contacts},
)
