"""Answers about the table of events: schemas by name and version, publishers, consumers, bindings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from services.contracts.compiled import Compiled
from services.contracts.table import SERVICES, TABLE, EventType


class UnknownEventType(LookupError):
    """No event of this name and version is in the table."""


class Catalogue:
    """The events of `table`, with each schema made once."""

    def __init__(self, table: Sequence[EventType] = TABLE, services: Sequence[str] = SERVICES) -> None:
        self._schemas = {(event.name, event.version): event.schema() for event in table}
        self._compiled = {key: Compiled(schema) for key, schema in self._schemas.items()}
        self._versions = {event.name: event.version for event in table}
        self._publishes = {s: frozenset(e.name for e in table if s in e.publishers) for s in services}
        self._consumes = {s: frozenset(e.name for e in table if s in e.consumers) for s in services}
        self._bindings = {event.name: event.consumers for event in table}
        self._personal = frozenset(event.name for event in table if event.personal)
        self._of_estate = frozenset(event.name for event in table if event.of_estate)
        self._services = tuple(services)

    def current_version(self, name: str) -> int:
        """The version of `name` that is written today. Raises `UnknownEventType`."""
        try:
            return self._versions[name]
        except KeyError:
            raise UnknownEventType(f"no event {name}") from None

    def dump(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Data as JSON types, checked; times may stay as they are. Raises `UnknownEventType`, `ValidationError`."""
        version = self.current_version(name)
        schema = self._schema(name, version)
        accepted = self._compiled[name, version].accept(data)
        if accepted is not None:
            return accepted
        dumped: dict[str, Any] = schema.dump(data)
        problems = schema.validate(dumped)
        if problems:
            raise ValidationError(problems)
        return dumped

    def load(self, name: str, version: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """Data with real types; unknown fields are dropped. Raises `UnknownEventType`, `ValidationError`."""
        schema = self._schema(name, version)
        accepted = self._compiled[name, version].accept(data)
        if accepted is not None:
            return accepted
        loaded: dict[str, Any] = schema.load(data)
        return loaded

    def published_by(self, service: str) -> frozenset[str]:
        """Names of the events that `service` publishes."""
        return self._publishes[service]

    def consumed_by(self, service: str) -> frozenset[str]:
        """Names of the events that `service` consumes."""
        return self._consumes[service]

    def personal(self) -> frozenset[str]:
        """Names of the events that carry personal data, which is archived by reference."""
        return self._personal

    def of_estate(self) -> frozenset[str]:
        """Names of the events whose envelope says which estate they are about."""
        return self._of_estate

    def services(self) -> tuple[str, ...]:
        """All services, in the order a complaint passes them."""
        return self._services

    def bindings(self) -> Mapping[str, Sequence[str]]:
        """For each event the services that consume it."""
        return self._bindings

    def _schema(self, name: str, version: int) -> Any:
        try:
            return self._schemas[name, version]
        except KeyError:
            raise UnknownEventType(f"no event {name} in version {version}") from None


CATALOGUE = Catalogue()
