"""The tables of intake; `migrations` makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

metadata = MetaData()

#: The tenant tree. `announced` is a digest of the last `estate.changed` of an estate.
nodes = Table(
    "nodes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text),
    Column("zone", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("announced", Text),
)
Index("nodes_subtree", nodes.c.path, postgresql_ops={"path": "text_pattern_ops"})
Index("nodes_estates", nodes.c.code, postgresql_where=nodes.c.kind == "estate")

#: Homes and premises. A provisional one was named by a complainant and is in nobody's list.
households = Table(
    "households",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("estate", Text, ForeignKey(nodes.c.code), nullable=False),
    Column("unit", Text, nullable=False),
    Column("occupied", Boolean, nullable=False),
    Column("provisional", Boolean, nullable=False),
    UniqueConstraint("estate", "unit", name="households_unit"),
)

#: Persons. `identity` tells who is who within an estate: by telephone, else e-mail, else name and household.
parties = Table(
    "parties",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("estate", Text, ForeignKey(nodes.c.code), nullable=False),
    Column("identity", Text, nullable=False),
    Column("name", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("language", Text, nullable=False),
    Column("household_id", Uuid(as_uuid=False), ForeignKey(households.c.id)),
    Column("erased_at", DateTime(timezone=True)),
    UniqueConstraint("estate", "identity", name="parties_identity"),
)
Index("parties_household", parties.c.household_id)

#: Complaints as they were made; only an erasure changes the words.
complaints = Table(
    "complaints",
    metadata,
    Column("number", Text, primary_key=True),
    Column("estate", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("demand", Text),
    Column("location", Text),
    Column("category", Text),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("party_id", Uuid(as_uuid=False)),
    Column("household_id", Uuid(as_uuid=False)),
    Column("receiver", Text),
    Column("call_id", Text),
    Column("unhappy_with", Text),
    Column("claim_digest", LargeBinary, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
)
Index("complaints_received", complaints.c.received_at, complaints.c.number)
Index("complaints_estate", complaints.c.estate, complaints.c.received_at, complaints.c.number)
Index("complaints_number", complaints.c.number, postgresql_ops={"number": "text_pattern_ops"})
Index("complaints_party", complaints.c.party_id, postgresql_where=complaints.c.party_id.is_not(None))

supplements = Table(
    "supplements",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", Text, ForeignKey(complaints.c.number), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
Index("supplements_number", supplements.c.number)

#: Files of a complaint; `digest` is of the file as it was sent, `content` as it is kept, `by` the staff id of who sent it.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", Text, ForeignKey(complaints.c.number), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("by", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("number", "digest", name="attachments_once"),
)

#: Every answer about a result; the latest counts.
ratings = Table(
    "ratings",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", Text, ForeignKey(complaints.c.number), nullable=False),
    Column("satisfaction", Text, nullable=False),
    Column("comment", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)
Index("ratings_number", ratings.c.number)

#: What routing last said of a complaint; `version` is that of its event.
case_states = Table(
    "case_states",
    metadata,
    Column("number", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

#: What a resident reads about a complaint: one row for each event, its note masked.
timeline = Table(
    "timeline",
    metadata,
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("number", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("note", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)
Index("timeline_number", timeline.c.number, timeline.c.at)

#: Rows of other systems' records that became complaints, each once for ever; the mapping says which system.
history_sources = Table(
    "history_sources",
    metadata,
    Column("mapping", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

#: How far the taking over of one file by one mapping is; `position` is the last line that was dealt with.
history_runs = Table(
    "history_runs",
    metadata,
    Column("run", Text, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("known", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
)

#: Rows of a run that were not taken, and why.
history_rejects = Table(
    "history_rejects",
    metadata,
    Column("run", Text, ForeignKey(history_runs.c.run), primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text),
    Column("reason", Text, nullable=False),
    Column("column", Text),
    Column("value", Text),
)
