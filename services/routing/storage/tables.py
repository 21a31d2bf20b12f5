"""The tables of routing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.routing.domain.calendars.calendar import AROUND_THE_CLOCK

metadata = MetaData()

_BY_PREFIX = {"path": "text_pattern_ops"}


def _instant(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


#: Copy of intake's estates, newest version wins. The tree of tenants is in `path`; everything else refers to `code`.
#: `households` are those that are lived in, or all where nobody knows which are.
estates = Table(
    "estates",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("households", Integer, nullable=False, server_default="0"),
    Index("estates_path", "path", postgresql_ops=_BY_PREFIX),
)

#: Which departments exist for the estates in the subtree of `path`; `code` is one of the rule pack's.
departments = Table(
    "departments",
    metadata,
    Column("path", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

#: Names and numbers leave this table only as `contact.recorded`. `version` counts the changes others were told of.
staff = Table(
    "staff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("role", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("department", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("language", Text, nullable=False, server_default="zh"),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("username", name="staff_username"),
    Index("staff_path", "path", postgresql_ops=_BY_PREFIX),
)

#: Weekly periods in the estate's zone, in minutes since Monday 00:00 (see domain/shifts.py).
shifts = Table(
    "shifts",
    metadata,
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("starts", Integer, primary_key=True),
    Column("ends", Integer, primary_key=True),
    CheckConstraint("starts >= 0 AND ends > starts", name="shifts_period"),
)

#: One sign-in and its renewals are a family; a token that is used twice ends all of it.
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("family", Uuid(as_uuid=False), nullable=False),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    _instant("expires_at", nullable=False),
    _instant("used_at"),
    _instant("revoked_at"),
    Index("refresh_tokens_family", "family"),
    Index("refresh_tokens_staff", "staff_id"),
    Index("refresh_tokens_expires_at", "expires_at"),
)

#: A complaint as routing handles it; `round` counts its resolutions and reopenings from 1. `place` is its location as repeats
#: compare it; `chained` and `chain_head` are how many entries of its timeline are chained, and the newest one's digest.
cases = Table(
    "cases",
    metadata,
    Column("number", Text, primary_key=True),
    Column("estate", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("demand", Text),
    Column("location", Text),
    Column("anonymous", Boolean, nullable=False),
    Column("party_id", Text),
    Column("household_id", Text),
    Column("receiver", Text),
    _instant("received_at", nullable=False),
    _instant("recorded_at", nullable=False),
    Column("category", Text, nullable=False),
    Column("category_rule", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("urgency_rule", Text, nullable=False),
    Column("severity", Text, nullable=False, server_default="minor"),
    Column("severity_rule", Text, nullable=False, server_default="none"),
    Column("pack", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("malicious", Boolean, nullable=False, server_default=false()),
    Column("verdict", Text),
    Column("verdict_reasons", JSONB),
    _instant("answered_at"),
    _instant("resolved_at"),
    _instant("closed_at"),
    Column("closed_as", Text),
    Column("historical", Boolean, nullable=False),
    Column("place", Text),
    Column("chained", Integer, nullable=False, server_default="0"),
    Column("chain_head", LargeBinary),
    Index("cases_received_at", "received_at", "number"),
    Index("cases_estate", "estate", "received_at", "number"),
    Index("cases_malicious", "received_at", "number", postgresql_where=text("malicious")),
    Index(
        "cases_household",
        "household_id",
        "category",
        "received_at",
        postgresql_where=text("household_id IS NOT NULL"),
    ),
    # The digest, because a long place does not fit into an index.
    Index(
        "cases_place",
        "estate",
        "category",
        text("md5(place)"),
        "received_at",
        postgresql_where=text("place IS NOT NULL"),
    ),
)

#: A complaint and an earlier one of the same household or place in the same category (R190). As all that is derived of cases,
#: which are never deleted, it refers to them without a constraint, which would be looked at and locked for with each row.
repeats = Table(
    "repeats",
    metadata,
    Column("number", Text, primary_key=True),
    Column("earlier", Text, primary_key=True),
    Index("repeats_earlier", "earlier"),
)

#: Cases that are still to be compared with others, from `at` on; a row goes once it is done. `unhappy_with` is the earlier
#: complaint that the complainant names.
comparisons = Table(
    "comparisons",
    metadata,
    Column("number", Text, primary_key=True),
    _instant("at", nullable=False),
    _instant("since", nullable=False),
    Column("unhappy_with", Text),
    Index("comparisons_at", "at", "number"),
)

#: `number` may be to the earlier complaint `other` what `kind` says; a person decides. What was decided is not suggested again.
suggestions = Table(
    "suggestions",
    metadata,
    Column("number", Text, primary_key=True),
    Column("other", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("reasons", JSONB, nullable=False),
    _instant("at", nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_by", Text),
    _instant("decided_at"),
    Column("decision_reason", Text),
    Index("suggestions_other", "other"),
)

#: Solutions proposed to a complainant, each with what he said to it; `way` is how he said it (R111, R112).
proposals = Table(
    "proposals",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False),
    Column("work_order_id", ForeignKey("work_orders.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("result", Text, nullable=False),
    _instant("done_by", nullable=False),
    Column("commitment", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    _instant("proposed_at", nullable=False),
    Column("way", Text),
    Column("answered_by", Text),
    _instant("answered_at"),
    Index("proposals_number", "number", "proposed_at"),
    Index("proposals_open", "number", unique=True, postgresql_where=text("status = 'proposed'")),
)

#: An investigation group looks into the matter of a group of complaints (R72): `number` is its master, `role` leads.
investigations = Table(
    "investigations",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("households", Integer, nullable=False),
    Column("of_estate", Integer, nullable=False),
    _instant("started_at", nullable=False),
)

#: `number` is to `other` what `kind` says. `by` is None where a rule decided; a link that was removed stays as a record.
case_links = Table(
    "case_links",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False),
    Column("other", ForeignKey("cases.number"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text),
    Column("reason", Text),
    _instant("at", nullable=False),
    _instant("removed_at"),
    Column("removed_by", Text),
    Column("removal_reason", Text),
    CheckConstraint("number <> other", name="case_links_two"),
    Index(
        "case_links_standing",
        "number",
        "kind",
        "other",
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index("case_links_other", "other", postgresql_where=text("removed_at IS NULL")),
)

#: `due_at` is when the next of the case's clocks `answer`, `arrive` and `solve` is due; `retry_at` when an open order is
#: tried again; `hand_over_at` when what a duty leader got after hours goes to the service centre (R44).
work_orders = Table(
    "work_orders",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False),
    Column("estate", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("department", Text, nullable=False),
    Column("assignee", Text),
    Column("status", Text, nullable=False),
    _instant("created_at", nullable=False),
    _instant("due_at", nullable=False),
    _instant("retry_at"),
    _instant("assigned_at"),
    _instant("accepted_at"),
    _instant("answered_at"),
    _instant("arrived_at"),
    _instant("resolved_at"),
    Column("resolved_by", Text),
    Column("result", Text),
    Column("cause", Text),
    _instant("signed_off_at"),
    Column("signed_off_by", Text),
    _instant("hand_over_at"),
    # A part of another order of the case, and what is to be done of it (R100).
    Column("parent", ForeignKey("work_orders.id")),
    Column("task", Text),
    Index("work_orders_parent", "parent", postgresql_where=text("parent IS NOT NULL")),
    Index("work_orders_number", "number"),
    Index("work_orders_estate", "estate", "created_at"),
    Index("work_orders_due", "due_at", postgresql_where=text("status NOT IN ('signed_off', 'cancelled')")),
    Index(
        "work_orders_open_work",
        "assignee",
        postgresql_where=text("status IN ('assigned', 'accepted', 'in_progress')"),
    ),
    Index("work_orders_undispatched", "created_at", "id", postgresql_where=text("status = 'open'")),
    Index("work_orders_hand_over", "hand_over_at", "id", postgresql_where=text("hand_over_at IS NOT NULL")),
)

#: What happened to a case, in order; rows are added and never changed. `digest` is over the entry and all before it (see
#: domain/chain.py); what was written before there was a chain has no position until it is chained.
timeline = Table(
    "timeline",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False),
    _instant("at", nullable=False),
    Column("entry", Text, nullable=False),
    Column("by", Text),
    Column("text", Text),
    Column("work_order_id", Uuid(as_uuid=False)),
    Column("details", JSONB),
    Column("text_salt", LargeBinary),
    Column("text_digest", LargeBinary),
    Column("position", Integer),
    Column("digest", LargeBinary),
    Index("timeline_position", "number", "position", unique=True),
    Index("timeline_unchained", "id", postgresql_where=text("position IS NULL")),
)

#: One digest over the entries of all cases up to `until`, the last there was when `day` (UTC) began; `reached`, `entries` and
#: `digest` grow until `sealed_at`. Each goes on from the one before.
timeline_seals = Table(
    "timeline_seals",
    metadata,
    Column("day", Date, primary_key=True),
    Column("until", BigInteger, nullable=False),
    _instant("noted_at", nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _instant("sealed_at"),
)

#: What a second person decides; of each kind at most one is open on a case.
approvals = Table(
    "approvals",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False),
    Column("estate", Text, nullable=False),
    Column("work_order_id", Uuid(as_uuid=False)),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    _instant("requested_at", nullable=False),
    Column("decided_by", Text),
    Column("decision_reason", Text),
    _instant("decided_at"),
    Index("approvals_number", "number", "requested_at"),
    Index("approvals_open", "number", "kind", unique=True, postgresql_where=text("status = 'requested'")),
    Index("approvals_waiting", "requested_at", "id", postgresql_where=text("status = 'requested'")),
    Index("approvals_estate", "estate", "requested_at", "id"),
)

#: What is known of a case that makes it graver, and what persons decided on its severity; rows are added and never
#: changed. `rule` is what found it, `by` who said so.
case_facts = Table(
    "case_facts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    Column("source", Text, nullable=False),
    Column("rule", Text),
    Column("by", Text),
    _instant("at", nullable=False),
    Index("case_facts_number", "number", "id"),
)

#: One row for each time a clock of a case runs; `occurrence` counts from 1 (R119, R123). `breached_at` is when the breach
#: was noticed and told, `due_at` when it happened. `calendar` is the timetable it was computed with, `regime` all that
#: held for it. `level` is the last level of its escalation that was reached, `escalate_at` when the next one is.
clocks = Table(
    "clocks",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("occurrence", Integer, primary_key=True, server_default="1"),
    _instant("started_at", nullable=False),
    Column("target_seconds", Integer, nullable=False),
    _instant("due_at", nullable=False),
    _instant("stopped_at"),
    _instant("breached_at"),
    Column("calendar", Text, nullable=False, server_default=AROUND_THE_CLOCK),
    Column("regime", Text, nullable=False, server_default=""),
    Column("level", SmallInteger, nullable=False, server_default="0"),
    _instant("escalate_at"),
    Index("clocks_due", "due_at", postgresql_where=text("stopped_at IS NULL AND breached_at IS NULL")),
    Index("clocks_escalate", "escalate_at", postgresql_where=text("escalate_at IS NOT NULL")),
)

#: Times a clock does not count (R105, R106): one that nobody ends is over at `until`.
pauses = Table(
    "pauses",
    metadata,
    Column("number", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("occurrence", Integer, nullable=False),
    _instant("paused_at", nullable=False),
    _instant("until", nullable=False),
    _instant("resumed_at"),
    Column("reason", Text, nullable=False),
    Column("note", Text),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("number", "clock", "occurrence", "paused_at"),
    ForeignKeyConstraint(
        ["number", "clock", "occurrence"], ["clocks.number", "clocks.name", "clocks.occurrence"]
    ),
)

#: The timetables clocks were computed with, by their version, so that a verdict can be explained for ever.
calendars = Table(
    "calendars",
    metadata,
    Column("version", Text, primary_key=True),
    Column("zone", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
)

#: Levels of escalation that were reached, each once: who was told what, and when it was due.
escalations = Table(
    "escalations",
    metadata,
    Column("number", Text, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("occurrence", Integer, primary_key=True),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    _instant("due_at", nullable=False),
    _instant("at", nullable=False),
    Column("action", Text, nullable=False),
    Column("receivers", JSONB, nullable=False),
)

#: Who looks on at a case besides those who handle it.
observers = Table(
    "observers",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("staff_id", Text, primary_key=True),
    _instant("added_at", nullable=False),
)

#: Policy documents: what differs at `path` from the places above it. The highest version is in force, all are kept;
#: `by` is None for the command line.
policies = Table(
    "policies",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("path", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text),
    _instant("at", nullable=False),
)
