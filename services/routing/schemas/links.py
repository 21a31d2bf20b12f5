"""Links between complaints, and suggested ones."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import LinkKind, values
from services.routing.domain.cases import Status
from services.routing.domain.likeness import Place

_KINDS = validate.OneOf(values(LinkKind))
_STATUSES = validate.OneOf([status.value for status in Status])
_DIRECTIONS = validate.OneOf(["to", "from"])
_LONGEST_REASON = 2000


class LinkSchema(Schema):
    """A link of a case and the complaint at its other end.

    `direction` is `to` where this case is what `kind` says of the case `number`, `from` where that one is. `by` is a
    staff id, None where a rule decided.
    """

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    direction = fields.String(required=True, validate=_DIRECTIONS)
    number = fields.String(required=True)
    status = fields.String(required=True, validate=_STATUSES)
    received_at = Instant(required=True)
    by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    at = Instant(required=True)


class InvestigationSchema(Schema):
    """An investigation group for the matter of a master (R72): who leads it, and how many households had complained by then."""

    role = fields.String(required=True)
    households = fields.Integer(required=True)
    of_estate = fields.Integer(required=True)
    started_at = Instant(required=True)


class NewLinkSchema(Schema):
    """What a complaint is to another one, and why."""

    kind = fields.String(required=True, validate=_KINDS)
    other = Text(min=1, max=40, required=True)
    reason = Text(min=1, max=_LONGEST_REASON, required=True)


class RemovalSchema(Schema):
    """Why a link is removed."""

    reason = Text(min=1, max=_LONGEST_REASON, required=True)


class LikenessSchema(Schema):
    """Why a link is suggested. `text` and the score are 0-1, `hours` lie between the two receipts.

    `place` tells whether both name the same place, the same building or others, None where one names none. `said` means
    that the complainant names the other complaint himself.
    """

    text = fields.Float(allow_none=True)
    place = fields.String(allow_none=True, validate=validate.OneOf([place.value for place in Place]))
    hours = fields.Float(allow_none=True)
    said = fields.Boolean()


class SuggestionSchema(Schema):
    """A link that is suggested, with the complaint at its other end; `direction` as of a link."""

    number = fields.String(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    direction = fields.String(required=True, validate=_DIRECTIONS)
    score = fields.Float(required=True)
    reasons = fields.Nested(LikenessSchema, required=True)
    at = Instant(required=True)
    status = fields.String(required=True, validate=_STATUSES)
    received_at = Instant(required=True)
    location = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)


class SuggestionsSchema(Schema):
    """What is suggested of a case, the best first."""

    items = fields.List(fields.Nested(SuggestionSchema), required=True)


class VerdictSchema(Schema):
    """What a person says to a suggestion; a reason is welcome."""

    reason = Text(min=1, max=_LONGEST_REASON, allow_none=True, load_default=None)
