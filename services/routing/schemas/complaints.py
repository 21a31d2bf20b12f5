"""Cases as staff see them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.chassis.http.fields import Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.routing.domain.cases import Status
from services.routing.domain.checks import Checker
from services.routing.domain.rules import Urgency
from services.routing.domain.severity import FactName, Severity
from services.routing.domain.verification import Verdict as VerificationVerdict
from services.routing.schemas.approvals import ApprovalSchema
from services.routing.schemas.clocks import ClockSchema
from services.routing.schemas.links import InvestigationSchema, LinkSchema
from services.routing.schemas.proposals import ProposalSchema
from services.routing.schemas.work_orders import WorkOrderSchema

_STATUSES = validate.OneOf([status.value for status in Status])
_SEVERITIES = validate.OneOf([severity.value for severity in Severity])
_VERDICTS = validate.OneOf([verdict.value for verdict in VerificationVerdict])
_MEMBERS = validate.OneOf(["close", "keep"])
_URGENCIES = validate.OneOf([urgency.value for urgency in Urgency])


class CaseSchema(Schema):
    """A complaint with the decisions on it; `category_rule`, `urgency_rule` and `severity_rule` name what decided.

    The labels are the operator's words, by the policy of the estate, in the language of the answer.
    """

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
    urgency_label = fields.String(required=True)
    urgency_rule = fields.String(required=True)
    severity = fields.String(required=True, validate=_SEVERITIES)
    severity_label = fields.String(required=True)
    severity_rule = fields.String(required=True)
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


class FactSchema(Schema):
    """Something known of a case that makes it graver, or, as `overruled`, what a person decided on its severity.

    `source` is where it comes from, `rule` the rule of the pack that found it, `by` who said so.
    """

    name = fields.String(required=True)
    value = fields.Raw(required=True)
    source = fields.String(required=True)
    rule = fields.String(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True)


class ResponsibleSchema(Schema):
    """Who answers for a case by its severity: a role, and the nearest person who has it, null where nobody has."""

    role = fields.String(required=True)
    staff_id = fields.String(required=True, allow_none=True)


class CaseDetailSchema(CaseSchema):
    """A case with all that belongs to it; `repeats` are earlier complaints of the household or place, newest first.

    `observers` are ids of staff who look on.
    """

    repeats = fields.List(fields.String(), required=True)
    links = fields.List(fields.Nested(LinkSchema), required=True)
    investigation = fields.Nested(InvestigationSchema, required=True, allow_none=True)
    facts = fields.List(fields.Nested(FactSchema), required=True)
    work_orders = fields.List(fields.Nested(WorkOrderSchema), required=True)
    approvals = fields.List(fields.Nested(ApprovalSchema), required=True)
    proposals = fields.List(fields.Nested(ProposalSchema), required=True)
    timeline = fields.List(fields.Nested(TimelineEntrySchema), required=True)
    clocks = fields.List(fields.Nested(ClockSchema), required=True)
    observers = fields.List(fields.String(), required=True)
    responsible = fields.Nested(ResponsibleSchema, required=True)


CasePageSchema = page_answer_schema("CasePage", CaseSchema)


class CaseQuerySchema(page_schema(sort=("received_at", "recorded_at"), default="-received_at")):  # type: ignore[misc]
    """Filters of the list."""

    estate = Text(min=1, max=200)
    status = fields.String(validate=_STATUSES)
    category = Text(min=1, max=100)
    urgency = fields.String(validate=_URGENCIES)
    severity = fields.String(validate=_SEVERITIES)
    malicious = fields.Boolean()
    repeat = fields.Boolean()
    joined_to = Text(min=1, max=40)


class ClassificationSchema(Schema):
    """A correction of category, urgency or severity, and why. A severity becomes less in no other way."""

    category = Text(min=1, max=100, allow_none=True, load_default=None)
    urgency = fields.String(validate=_URGENCIES, allow_none=True, load_default=None)
    severity = fields.String(validate=_SEVERITIES, allow_none=True, load_default=None)
    reason = Text(min=1, max=2000, required=True)

    @validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if all(data.get(name) is None for name in ("category", "urgency", "severity")):
            raise ValidationError("category_urgency_or_severity", "category")


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


#: Facts persons may report; the others follow from links and callbacks.
_REPORTED = [
    name.value for name in FactName if name not in {FactName.SECOND_COMPLAINT_OF, FactName.SENT_BACK}
]
_COUNTS = frozenset({FactName.GROUP_HOUSEHOLDS.value, FactName.LOSS.value})
#: Who passes complaints on (R28, R66).
_SOURCES = frozenset({"government", "group", "call_centre", "quality"})
_MOST = 10**9


class ReportedFactSchema(Schema):
    """A fact: a number of households or of yuan, who passed it on, or true."""

    name = fields.String(required=True, validate=validate.OneOf(_REPORTED))
    value = fields.Raw(load_default=True)

    @validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        name, value = data["name"], data["value"]
        if name in _COUNTS:
            if type(value) is not int or not 1 <= value <= _MOST:
                raise ValidationError("fact_is_a_count", "value")
        elif name == FactName.TRANSFERRED_FROM.value:
            if not isinstance(value, str) or value not in _SOURCES:
                raise ValidationError("fact_is_a_source", "value")
        elif value is not True:
            raise ValidationError("fact_is_so", "value")


class ReportSchema(Schema):
    """What is known of a case, and how one knows."""

    facts = fields.List(
        fields.Nested(ReportedFactSchema), required=True, validate=validate.Length(min=1, max=20)
    )
    reason = Text(min=1, max=2000, required=True)
