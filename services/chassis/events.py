"""What happened, in one value: an event as handlers see it, and the catalogue that knows its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

LIVE = "live"
HISTORICAL = "historical"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact, decoded and valid by its schema.

    `version` is gapless from 1 for each (source, subject) (DESIGN §2.4). `time` is when it was recorded, in UTC.
    `mode` is `live` or `historical` (DESIGN §2.11). `data` holds real datetimes, not text.
    """

    id: str
    name: str
    source: str
    subject: str
    version: int
    time: datetime
    data: Mapping[str, Any]
    estate: str | None = None
    mode: str = LIVE
    causation_id: str | None = None
    traceparent: str | None = None
    schema_version: int = 1

    @property
    def historical(self) -> bool:
        """Whether this tells of the past: facts and clocks only, no message, no alert, no live count."""
        return self.mode == HISTORICAL


class UnknownEvent(LookupError):
    """No event of this name and version is in the catalogue, or this service may not publish it."""


class Catalogue(Protocol):
    """The events of one installation: their schemas, who publishes and who consumes them."""

    def current_version(self, name: str) -> int:
        """The version that is written today. Raises `LookupError`."""
        ...

    def dump(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Data as JSON types, checked. Raises `LookupError`, `marshmallow.ValidationError`."""
        ...

    def load(self, name: str, version: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """Data with real types, unknown fields dropped. Raises as `dump` does."""
        ...

    def published_by(self, service: str) -> frozenset[str]:
        """Names of the events that this service publishes."""
        ...

    def consumed_by(self, service: str) -> frozenset[str]:
        """Names of the events that this service consumes."""
        ...

    def personal(self) -> frozenset[str]:
        """Names of the events that carry personal data, which is archived by reference (DESIGN §2.8)."""
        ...

    def of_estate(self) -> frozenset[str]:
        """Names of the events that say which estate they are about."""
        ...

    def services(self) -> tuple[str, ...]:
        """Names of all services, in a fixed order."""
        ...
