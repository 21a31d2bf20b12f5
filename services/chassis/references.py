"""Events that are archived by reference, made anew to be sent again (DESIGN §2.8, §2.12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from services.chassis.archive import Archived
from services.chassis.envelope import encode
from services.chassis.events import Catalogue, Event


@dataclass(frozen=True, slots=True)
class Referred:
    """What an event has to say today of the subject it was recorded for."""

    data: Mapping[str, Any]
    estate: str | None = None


#: What is known of these subjects; those that were erased are missing.
Reference = Callable[[Connection, Sequence[str]], Mapping[str, Referred]]


@dataclass(frozen=True)
class References:
    """How `service` makes its archived events anew: for each name that is archived by reference, what asks its own tables."""

    service: str
    catalogue: Catalogue
    by_name: Mapping[str, Reference] = field(default_factory=dict)

    def bodies(self, connection: Connection, events: Sequence[Archived]) -> dict[str, bytes]:
        """The messages of these events by id, in their order; without those whose subject was erased.

        One made anew keeps id, subject, version and time, and says what is known today: a consumer that knows a later
        version leaves it aside (DESIGN §2.4). Raises `LookupError` for a name that no reference is given for.
        """
        known = {
            name: self.by_name[name](
                connection, sorted({e.subject for e in events if e.name == name and e.body is None})
            )
            for name in {e.name for e in events if e.body is None}
        }
        bodies: dict[str, bytes] = {}
        for event in events:
            if event.body is not None:
                bodies[event.id] = event.body.encode()
            elif (referred := known[event.name].get(event.subject)) is not None:
                bodies[event.id] = self._anew(event, referred)
        return bodies

    def _anew(self, archived: Archived, referred: Referred) -> bytes:
        event = Event(
            id=archived.id,
            name=archived.name,
            source=self.service,
            subject=archived.subject,
            version=archived.version,
            time=archived.recorded_at,
            data=referred.data,
            estate=referred.estate,
            schema_version=self.catalogue.current_version(archived.name),
        )
        return encode(event, self.catalogue)
