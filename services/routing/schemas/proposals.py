"""What was found out, what was proposed, and what the complainant said to it (R108-R112)."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import ProposalStatus, values
from services.routing.domain.findings import Finding, Way

_LONGEST = 1000


class FindingSchema(Schema):
    """A note for colleagues; a witness is named by his unit, as numbers of persons are masked."""

    kind = fields.String(required=True, validate=validate.OneOf(values(Finding)))
    text = Text(min=1, max=4000, required=True)


class ProposalRequestSchema(Schema):
    """What will be done, by when, and what is promised (R111); the complainant reads it."""

    result = Text(min=1, max=_LONGEST, required=True)
    done_by = Instant(required=True)
    commitment = Text(min=1, max=_LONGEST, required=True)


class AgreementSchema(Schema):
    """What the complainant said to the proposal, and how (R112); the note is for colleagues."""

    agreed = fields.Boolean(required=True, truthy={True}, falsy={False})
    way = fields.String(required=True, validate=validate.OneOf(values(Way)))
    note = Text(min=1, max=2000, allow_none=True, load_default=None)


class ProposalSchema(Schema):
    """A proposal; `way`, `answered_by` and `answered_at` tell of the complainant's answer."""

    id = fields.String(required=True)
    work_order_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(values(ProposalStatus)))
    result = fields.String(required=True)
    done_by = Instant(required=True)
    commitment = fields.String(required=True)
    proposed_by = fields.String(required=True)
    proposed_at = Instant(required=True)
    way = fields.String(required=True, allow_none=True)
    answered_by = fields.String(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
