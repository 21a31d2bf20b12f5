"""Work orders and their steps."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.contracts.intake import LONGEST_TEXT
from services.contracts.vocabulary import Cause, values
from services.routing.domain.work_orders import Status, Step

#: Masking may lengthen a text a little, and events carry no longer ones.
LONGEST_NOTE = LONGEST_TEXT - 2000
_STATUSES = [status.value for status in Status]


class WorkOrderSchema(Schema):
    """A work order; `due_at` is when the next of the clocks answer, arrive and solve is due, `allowed` what may be done now.

    `parent` is the order it is a part of, `task` what is to be done of it; an order `waits` for its unfinished parts (R100).
    """

    id = fields.String(required=True)
    number = fields.String(required=True)
    estate = fields.String(required=True)
    round = fields.Integer(required=True)
    department = fields.String(required=True)
    assignee = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    category = fields.String(required=True)
    urgency = fields.String(required=True)
    received_at = Instant(required=True)
    created_at = Instant(required=True)
    due_at = Instant(required=True)
    assigned_at = Instant(required=True, allow_none=True)
    accepted_at = Instant(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    arrived_at = Instant(required=True, allow_none=True)
    resolved_at = Instant(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True)
    result = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True, allow_none=True, validate=validate.OneOf([*values(Cause), None]))
    signed_off_at = Instant(required=True, allow_none=True)
    signed_off_by = fields.String(required=True, allow_none=True)
    parent = fields.String(required=True, allow_none=True)
    task = fields.String(required=True, allow_none=True)
    waits = fields.Boolean(required=True)
    allowed = fields.List(fields.String(validate=validate.OneOf([s.value for s in Step])), required=True)


WorkOrderPageSchema = page_answer_schema("WorkOrderPage", WorkOrderSchema)


class WorkOrderQuerySchema(page_schema(sort=("created_at", "due_at"))):  # type: ignore[misc]
    """Filters; `due` keeps unfinished orders due before this instant."""

    estate = Text(min=1, max=200)
    status = fields.String(validate=validate.OneOf(_STATUSES))
    assignee = Text(min=1, max=100)
    due = Instant()


class StepSchema(Schema):
    """A step, with a note the complainant may read."""

    note = Text(min=1, max=LONGEST_NOTE, allow_none=True, load_default=None)


class ToldStepSchema(Schema):
    """A step that says something to the complainant: an answer, or the result."""

    note = Text(min=1, max=LONGEST_NOTE, required=True)


class ResultSchema(ToldStepSchema):
    """The result, and what was at the root of the complaint."""

    cause = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.OneOf(values(Cause)),
        metadata={"description": "What was at the root of it (R183, R191)."},
    )


class PartSchema(Schema):
    """What others are to do of an order: a department, and a person of it if one is to be named."""

    task = Text(min=1, max=2000, required=True)
    department = Text(min=1, max=100, required=True)
    assignee = fields.UUID(allow_none=True, load_default=None)


class TransferSchema(Schema):
    """To whom an order goes and why: a person, a department, or, without either, somebody else's turn."""

    reason = Text(min=1, max=2000, required=True)
    assignee = fields.UUID(allow_none=True, load_default=None)
    department = Text(min=1, max=100, allow_none=True, load_default=None)
