"""Dead letters over HTTP, the same in every service: list, show, replay, discard (DESIGN §2.5, §6).

They belong to no subtree of the tenant tree: whoever may call these routes sees all letters of the service. Their bytes may
hold personal data and are for few (DESIGN §2.8); so may the text of an error, which is masked for everybody else.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, post_load, validate
from sqlalchemy import RowMapping

from services.chassis import dead_letter_decisions as decisions
from services.chassis.database import Database
from services.chassis.dead_letter_decisions import MOST_REPLAYED, REPLAYABLE, Decided
from services.chassis.dead_letter_list import SORTABLE, Filter, Opened, listing, opened
from services.chassis.dead_letters import Status
from services.chassis.http.access import current_principal, requires
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.fields import BoundedInteger, Instant, Text
from services.chassis.http.paging import page_answer_schema, page_of, page_schema
from services.chassis.masking import mask

_LONGEST_NAME = 100
_LONGEST_REASON = 1000


class _FilterSchema(Schema):
    """Which letters; `type` is the event's name. `older_than` and `newer_than` are about when it was given up last."""

    type = Text(min=1, max=_LONGEST_NAME, load_default=None)
    reason = Text(min=1, max=_LONGEST_NAME, load_default=None)
    older_than = Instant(load_default=None)
    newer_than = Instant(load_default=None)

    @post_load
    def gather_filter(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Put what restricts the letters into one `Filter`."""
        given = {name: data.pop(name) for name in ("status", "reason", "older_than", "newer_than")}
        return {**data, "filter": Filter(name=data.pop("type"), **given)}


class DeadLetterQuerySchema(_FilterSchema, page_schema(SORTABLE, default="-last_at")):  # type: ignore[misc]
    """A page of letters."""

    status = fields.String(
        validate=validate.OneOf([status.value for status in Status]), load_default=Status.OPEN.value
    )


class ReplaySchema(_FilterSchema):
    """Which letters to replay; at most `limit` of them, those first that were given up first."""

    status = fields.String(
        validate=validate.OneOf([status.value for status in REPLAYABLE]), load_default=Status.OPEN.value
    )
    limit = BoundedInteger(1, MOST_REPLAYED, load_default=MOST_REPLAYED)


class DiscardSchema(Schema):
    """Why its message shall have no effect."""

    reason = Text(min=1, max=_LONGEST_REASON, required=True)


class DeadLetterSchema(Schema):
    """A message that was given up: `type` is the event's name, `attempts` those made the last time."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in Status]))
    type = fields.String(required=True, allow_none=True, attribute="name")
    event_id = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    cause = fields.String(required=True)
    attempts = fields.Integer(required=True)
    times = fields.Integer(required=True)
    first_at = Instant(required=True)
    last_at = Instant(required=True)


class DecisionSchema(Schema):
    """Who decided what about a letter, when and why."""

    decision = fields.String(required=True, validate=validate.OneOf([decided.value for decided in Decided]))
    by = fields.String(required=True, attribute="decided_by")
    reason = fields.String(required=True, allow_none=True)
    at = Instant(required=True)


class OpenedLetterSchema(DeadLetterSchema):
    """One letter. `body` is the message as `encoding` says; null without the right to see it, and once it was handled."""

    body = fields.String(required=True, allow_none=True)
    encoding = fields.String(required=True, allow_none=True, validate=validate.OneOf(["utf-8", "base64"]))
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)


class ReplaysSchema(Schema):
    """How many letters go to the worker, and of how many the message was handled meanwhile."""

    requested = fields.Integer(required=True)
    handled = fields.Integer(required=True)


DeadLetterPageSchema = page_answer_schema("DeadLetterPage", DeadLetterSchema)


def blueprint(database: Database, *, keepers: Sequence[str], readers: Collection[str]) -> Blueprint:
    """Return the routes. `keepers` are the roles that may call them, `readers` those of them that see the bytes."""
    bp = Blueprint("dead_letters", description="Messages that were given up")
    consumer = database.service

    def shown(letter: str) -> Mapping[str, Any]:
        with database.read() as connection:
            found = opened(connection, consumer, letter)
        return _whole(found) if current_principal().role in readers else _without_bytes(found)

    @bp.route("/dead-letters")
    @bp.arguments(DeadLetterQuerySchema, location="query")
    @bp.response(200, DeadLetterPageSchema)
    @requires(*keepers)
    def list_dead_letters(query: dict[str, Any]) -> Mapping[str, Any]:
        """List messages that were given up, without their bytes."""
        with database.read() as connection:
            items, total = listing(connection, consumer, query["filter"], query["page"])
        return page_of([_masked(item) for item in items], query["page"], total)

    @bp.route("/dead-letters/<uuid:letter>")
    @bp.response(200, OpenedLetterSchema)
    @requires(*keepers)
    def show_dead_letter(letter: UUID) -> Mapping[str, Any]:
        """Show one with its cause, its bytes where the caller may see them, and the decisions about it."""
        return shown(str(letter))

    @bp.route("/dead-letters/<uuid:letter>/replay", methods=["POST"])
    @bp.response(200, OpenedLetterSchema)
    @requires(*keepers)
    def replay_dead_letter(letter: UUID) -> Mapping[str, Any]:
        """Have it judged again by the worker, under its own id; nothing happens if it was handled meanwhile."""
        with database.begin() as work:
            decisions.replay(work, consumer, str(letter), current_principal().id)
        return shown(str(letter))

    @bp.route("/dead-letters/replay", methods=["POST"])
    @bp.arguments(ReplaySchema)
    @bp.response(200, ReplaysSchema)
    @requires(*keepers)
    def replay_dead_letters(body: dict[str, Any]) -> decisions.Replays:
        """Replay all letters of a filter, a thousand at a time; ask again until none is requested."""
        wanted = body["filter"].condition()
        with database.begin() as work:
            return decisions.replay_all(work, consumer, wanted, current_principal().id, body["limit"])

    @bp.route("/dead-letters/<uuid:letter>/discard", methods=["POST"])
    @bp.arguments(DiscardSchema)
    @bp.response(200, OpenedLetterSchema)
    @requires(*keepers)
    def discard_dead_letter(body: dict[str, Any], letter: UUID) -> Mapping[str, Any]:
        """Decide that its message shall have no effect; it is kept and can be replayed all the same."""
        with database.begin() as work:
            decisions.discard(work, consumer, str(letter), current_principal().id, body["reason"])
        return shown(str(letter))

    return bp


def readable(body: bytes) -> tuple[str, str]:
    """Bytes of unknown origin as text, and how to get them back: `utf-8` or `base64`."""
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _masked(letter: RowMapping) -> dict[str, Any]:
    return {**letter, "cause": mask(letter["cause"])}


def _without_bytes(found: Opened) -> dict[str, Any]:
    return {**_masked(found.letter), "body": None, "encoding": None, "decisions": found.decisions}


def _whole(found: Opened) -> dict[str, Any]:
    text, encoding = (None, None) if found.body is None else readable(found.body)
    return {**found.letter, "body": text, "encoding": encoding, "decisions": found.decisions}
