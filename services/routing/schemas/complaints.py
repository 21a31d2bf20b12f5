"""Cases as staff see them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.chassis.http.fields import Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.routing.domain.cases import Status
from services.routing.domain.checks import Checker
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.rules import Urgency
from services.routing.domain.verification import Verdict as VerificationVerdict
from services.routing.schemas.approvals import ApprovalSchema
from services.routing.schemas.links import InvestigationSchema, LinkSchema
from services.routing.schemas.work_orders import WorkOrderSchema

_STATUSES = validate.OneOf([status.value for status in Status])
_VERDICTS = validate.OneOf([verdict.value for verdict in VerificationVerdict])
_MEMBERS = validate.OneOf(["close", "keep"])
_URGENCIES = validate.OneOf([urgency.value for urgency in Urgency])


class CaseSchema(Schema):
    """A complaint with the decisions on it; `category_rule` and `urgency_rule` name what decided."""

    number = fields.String(required=True)
    estate = fields.String(required=True)
    channel = fields.String(required=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    demand = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    anonymous = fields.Boolean(required=True)
    household_id = fields.String(required=True, allow_none=True)
    receiver = fields.String(required=True, allow_none=True)
    received_at = Instant(required=True)
    recorded_at = Instant(required=True)
    category = fields.String(required=True)
    category_rule = fields.String(required=True)
    urgency = fields.String(required=True, validate=_URGENCIES)
    urgency_rule = fields.String(required=True)
    pack = fields.String(required=True)
    malicious = fields.Boolean(required=True)
    verdict = fields.String(required=True, allow_none=True, validate=_VERDICTS)
    verdict_reasons = fields.List(fields.String(), required=True, allow_none=True)
    status = fields.String(required=True, validate=_STATUSES)
    round = fields.Integer(required=True)
    answered_at = Instant(required=True, allow_none=True)
    resolved_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    closed_as = fields.String(required=True, allow_none=True)
    repeat = fields.Boolean(required=True)


class TimelineEntrySchema(Schema):
    """Something that happened; `by` is a staff id, None for the complainant or the system."""

    at = Instant(required=True)
    entry = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    work_order_id = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True, allow_none=True)


class ClockSchema(Schema):
    """A clock and how it stands now; a breached one without `stopped_at` still runs."""

    name = fields.String(required=True, validate=validate.OneOf([name.value for name in ClockName]))
    started_at = Instant(required=True)
    target_seconds = fields.Integer(required=True)
    due_at = Instant(required=True)
    stopped_at = Instant(required=True, allow_none=True)
    verdict = fields.String(required=True, validate=validate.OneOf([v.value for v in Verdict]))


class CaseDetailSchema(CaseSchema):
    """A case with all that belongs to it; `repeats` are earlier complaints of the household or place, newest first."""

    repeats = fields.List(fields.String(), required=True)
    links = fields.List(fields.Nested(LinkSchema), required=True)
    investigation = fields.Nested(InvestigationSchema, required=True, allow_none=True)

    work_orders = fields.List(fields.Nested(WorkOrderSchema), required=True)
    approvals = fields.List(fields.Nested(ApprovalSchema), required=True)
    timeline = fields.List(fields.Nested(TimelineEntrySchema), required=True)
    clocks = fields.List(fields.Nested(ClockSchema), required=True)


CasePageSchema = page_answer_schema("CasePage", CaseSchema)


class CaseQuerySchema(page_schema(sort=("received_at", "recorded_at"), default="-received_at")):  # type: ignore[misc]
    """Filters of the list."""

    estate = Text(min=1, max=200)
    status = fields.String(validate=_STATUSES)
    category = Text(min=1, max=100)
    urgency = fields.String(validate=_URGENCIES)
    malicious = fields.Boolean()
    repeat = fields.Boolean()
    joined_to = Text(min=1, max=40)


class ClassificationSchema(Schema):
    """A correction: category, urgency or both, and why."""

    category = Text(min=1, max=100, allow_none=True, load_default=None)
    urgency = fields.String(validate=_URGENCIES, allow_none=True, load_default=None)
    reason = Text(min=1, max=2000, required=True)

    @validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("category") is None and data.get("urgency") is None:
            raise ValidationError("category_or_urgency", "category")


class SendBackSchema(Schema):
    """Who checked a case, and what he found (R138)."""

    source = fields.String(required=True, validate=validate.OneOf([source.value for source in Checker]))
    reason = Text(min=1, max=2000, required=True)


class MaliciousSchema(Schema):
    """Whether a case is malicious, and why it is or is not any more (R11)."""

    malicious = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = Text(min=1, max=2000, required=True)


class MembersSchema(Schema):
    """What becomes of open complaints that belong to one that is closed, by kind of link."""

    joined_to = fields.String(validate=_MEMBERS, allow_none=True, load_default=None)
    duplicate_of = fields.String(validate=_MEMBERS, allow_none=True, load_default=None)


class ClosingSchema(Schema):
    """Why a case is closed, and what becomes of those that belong to it."""

    reason = Text(min=1, max=2000, required=True)
    members = fields.Nested(MembersSchema, load_default=dict)


class ReasonSchema(Schema):
    """Why a person closes or reopens a case."""

    reason = Text(min=1, max=2000, required=True)
