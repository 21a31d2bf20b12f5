"""Verdicts on cases, and what a second person decides."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.chassis.http.fields import Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.routing.domain.approvals import Kind, Status
from services.routing.domain.compensation import PAID, Remedy
from services.routing.domain.verification import Verdict
from services.routing.schemas.work_orders import LONGEST_NOTE

_KINDS = validate.OneOf([kind.value for kind in Kind])
_STATUSES = validate.OneOf([status.value for status in Status])
_MOST_REASONS = 10
#: More than nothing, less than a thousand million, with two decimals at most.
_YUAN = r"^(?=[0-9.]*[1-9])[0-9]{1,9}(\.[0-9]{1,2})?$"


class ApprovalSchema(Schema):
    """A request and how it ended; `details` depend on `kind`. One withdrawn by nobody was made void by what happened."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    estate = fields.String(required=True)
    work_order_id = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=_KINDS)
    status = fields.String(required=True, validate=_STATUSES)
    requested_by = fields.String(required=True)
    reason = fields.String(required=True)
    details = fields.Dict(required=True)
    requested_at = Instant(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decision_reason = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)


ApprovalPageSchema = page_answer_schema("ApprovalPage", ApprovalSchema)


class ApprovalQuerySchema(page_schema(sort=("requested_at",))):  # type: ignore[misc]
    """Filters of the list."""

    estate = Text(min=1, max=200)
    status = fields.String(validate=_STATUSES)
    kind = fields.String(validate=_KINDS)


class RemarkSchema(Schema):
    """What a person says to a decision, if anything."""

    reason = Text(min=1, max=2000, allow_none=True, load_default=None)


class ConsentSchema(Schema):
    """A decision on what was asked for; a refusal says why."""

    decision = fields.String(required=True, validate=validate.OneOf(["grant", "refuse"]))
    reason = Text(min=1, max=2000, allow_none=True, load_default=None)

    @validates_schema
    def _refusals_are_explained(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("decision") == "refuse" and data.get("reason") is None:
            raise ValidationError("refusal_needs_reason", "reason")


class CompensationSchema(Schema):
    """What a complainant is to get, and what was agreed with him. `amount` is in yuan, as text with at most two decimals.

    `reason` is read by everybody who sees the case; `amount` and `agreement` by the roles of the policy section `handling`.
    """

    remedy = fields.String(required=True, validate=validate.OneOf([remedy.value for remedy in Remedy]))
    amount = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Regexp(_YUAN, error="amount_malformed"),
    )
    agreement = Text(min=1, max=2000, required=True)
    reason = Text(min=1, max=2000, required=True)

    @validates_schema
    def _money_has_an_amount(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("remedy") in PAID and data.get("amount") is None:
            raise ValidationError("amount_needed", "amount")


class VerificationSchema(Schema):
    """Whether a complaint is valid and why, by codes of the policy section `verification`.

    `explanation` is told to the complainant, and needed where the complaint is to be invalid (R52); `note` is for colleagues.
    """

    verdict = fields.String(required=True, validate=validate.OneOf([verdict.value for verdict in Verdict]))
    reasons = fields.List(
        Text(min=1, max=100), required=True, validate=validate.Length(min=1, max=_MOST_REASONS)
    )
    explanation = Text(min=1, max=LONGEST_NOTE, allow_none=True, load_default=None)
    note = Text(min=1, max=2000, allow_none=True, load_default=None)

    @validates_schema
    def _invalid_ones_are_explained(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("verdict") == Verdict.INVALID and data.get("explanation") is None:
            raise ValidationError("explanation_needed", "explanation")
