"""The copy of how to reach people, and its erasure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import as_json, direct, recordset
from services.notification.domain.addresses import Contact
from services.notification.domain.deliveries import Failure, Status
from services.notification.storage.tables import callback_attempts, callbacks, contacts, deliveries, unsent

RESIDENTS = "intake"
STAFF = "routing"


class Party(NamedTuple):
    """A person by who told us of him, `RESIDENTS` or `STAFF`, and his id there."""

    source: str
    party_id: str


def remember(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the newest state of each person, a tombstone being one; `rows` hold each at most once."""
    columns = list(contacts.columns)
    source = recordset("r", columns, rows)
    ordered = source.select().order_by(source.c.source, source.c.party_id)
    statement = insert(contacts).from_select([c.name for c in columns], ordered)
    names = ("version", "erased", "language", "name", "phone", "email")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[contacts.c.source, contacts.c.party_id],
            set_={name: statement.excluded[name] for name in names},
            where=contacts.c.version < statement.excluded.version,
        )
    )


_OF_PARTIES = """
    SELECT source, party_id, name, phone, email, language FROM contacts
    JOIN json_to_recordset(CAST(%(parties)s AS json)) AS wanted(source text, party_id text) USING (source, party_id)
    """


def of_parties(connection: Connection, parties: Iterable[Party]) -> dict[Party, Contact]:
    """What is known of these people; those never heard of are left out, those erased are without any address."""
    wanted = [party._asdict() for party in set(parties)]
    if not wanted:
        return {}
    found = direct(connection, _OF_PARTIES, {"parties": as_json(wanted)})
    return {Party(source, party_id): Contact(*known) for source, party_id, *known in found}


def erase_traces(connection: Connection, parties: Iterable[Party]) -> None:
    """Delete what was written to or about these people; what waits to be sent to them is not sent.

    Whatever the time of writing: a text may have been made after the erasure, from what was known before.
    """
    columns = [contacts.c.source, contacts.c.party_id]
    gone = recordset("gone", columns, [party._asdict() for party in parties])
    theirs = and_(deliveries.c.source == gone.c.source, deliveries.c.party_id == gone.c.party_id)
    connection.execute(
        deliveries.update().where(theirs, unsent).values(status=Status.FAILED, failure=Failure.ERASED)
    )
    connection.execute(deliveries.update().where(theirs).values(title=None, body=None))
    their_tasks = and_(gone.c.source == RESIDENTS, callbacks.c.party_id == gone.c.party_id)
    connection.execute(callbacks.update().where(their_tasks).values(script=None, comment=None))
    connection.execute(
        callback_attempts.update()
        .where(callback_attempts.c.callback_id == callbacks.c.id, their_tasks)
        .values(comment=None)
    )
