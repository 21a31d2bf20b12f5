"""Links between complaints."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import LinkKind, values
from services.routing.domain.cases import Status

_KINDS = validate.OneOf(values(LinkKind))
_LONGEST_REASON = 2000


class LinkSchema(Schema):
    """A link of a case and the complaint at its other end.

    `direction` is `to` where this case is what `kind` says of the case `number`, `from` where that one is. `by` is a
    staff id, None where a rule decided.
    """

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    direction = fields.String(required=True, validate=validate.OneOf(["to", "from"]))
    number = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in Status]))
    received_at = Instant(required=True)
    by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    at = Instant(required=True)


class NewLinkSchema(Schema):
    """What a complaint is to another one, and why."""

    kind = fields.String(required=True, validate=_KINDS)
    other = Text(min=1, max=40, required=True)
    reason = Text(min=1, max=_LONGEST_REASON, required=True)


class RemovalSchema(Schema):
    """Why a link is removed."""

    reason = Text(min=1, max=_LONGEST_REASON, required=True)
