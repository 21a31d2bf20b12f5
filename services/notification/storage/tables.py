"""The tables of notification; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
)

metadata = MetaData()

#: Copy of the estates: the name messages are signed with and the zone their times are in.
estates = Table(
    "estates",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

#: Copy of how to reach people, by who told us: residents from intake, staff from routing. An erased one stays as a
#: tombstone without personal data, so that an older event that comes late brings nothing back.
contacts = Table(
    "contacts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("party_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("name", Text),
    Column("phone", Text),
    Column("email", Text),
)

#: What messages and callbacks need of a complaint. `party_id` is None for an anonymous one. `ended_version` is the newest
#: version in routing's stream that closed or reopened it: callbacks of an older resolution are over.
cases = Table(
    "cases",
    metadata,
    Column("number", Text, primary_key=True),
    Column("estate", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("party_id", Text),
    Column("kind", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("ended_version", BigInteger, nullable=False, server_default="0"),
)

#: Messages to be sent and sent. The address is not here but in `contacts`, read when the message goes out.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    Column("source", Text, nullable=False),
    Column("party_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("title", Text),
    Column("body", Text),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("reference", Text),
    Column("failure", Text),
    UniqueConstraint("event_id", "source", "party_id", "channel", name="deliveries_once"),
)
#: Deliveries that are not at their end, spelt out in each statement: behind a parameter the planner does not see the index.
unsent = deliveries.c.status.in_(
    bindparam("unsent", ("waiting", "sending"), expanding=True, literal_execute=True)
)
Index("deliveries_due", deliveries.c.next_at, deliveries.c.id, postgresql_where=unsent)
Index("deliveries_number", deliveries.c.number)
Index("deliveries_party", deliveries.c.party_id)
Index("deliveries_path", deliveries.c.path, postgresql_ops={"path": "text_pattern_ops"})
Index("deliveries_created", deliveries.c.created_at)

#: A resident to be called about a resolution. `resolved_version` is that of `complaint.resolved` in routing's stream.
callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("resolved_version", BigInteger, nullable=False),
    Column("estate", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("party_id", Text),
    Column("script", Text),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("comment", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    UniqueConstraint("number", "round", name="callbacks_once"),
)
Index("callbacks_due", callbacks.c.status, callbacks.c.due_at)
Index("callbacks_path", callbacks.c.path, postgresql_ops={"path": "text_pattern_ops"})
Index("callbacks_party", callbacks.c.party_id)

#: Each call that was made for a task (R136).
callback_attempts = Table(
    "callback_attempts",
    metadata,
    Column("callback_id", Uuid(as_uuid=False), ForeignKey("callbacks.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("by", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("comment", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)

#: Who looked at a resident's name and number, for which complaint and why (DESIGN §2.8).
contact_views = Table(
    "contact_views",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", Text, nullable=False),
    Column("party_id", Text, nullable=False),
    Column("viewed_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
Index("contact_views_number", contact_views.c.number)
