"""What notification takes and answers over HTTP."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.contracts.vocabulary import CallbackOutcome, values
from services.notification.domain.addresses import Channel
from services.notification.domain.callbacks import Attempt
from services.notification.domain.callbacks import Status as CallbackStatus
from services.notification.domain.deliveries import Failure
from services.notification.domain.deliveries import Status as DeliveryStatus


class CallbackQuerySchema(page_schema(sort=("due_at",))):  # type: ignore[misc]
    """Which callback tasks are asked for; those longest due come first."""

    status = fields.String(validate=validate.OneOf(values(CallbackStatus)), load_default=None)
    number = Text(min=1, max=40, load_default=None)


class CallbackSchema(Schema):
    """A callback task; whom to call is shown to the person who claims it."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    round = fields.Integer(required=True)
    estate = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(values(CallbackStatus)))
    attempts = fields.Integer(required=True)
    due_at = Instant(required=True)
    claimed_by = fields.String(required=True, allow_none=True)
    claimed_until = Instant(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True, validate=validate.OneOf(values(CallbackOutcome)))
    comment = fields.String(required=True, allow_none=True)
    completed_at = Instant(required=True, allow_none=True)


CallbackPageSchema = page_answer_schema("CallbackPage", CallbackSchema)


class ClaimedCallbackSchema(CallbackSchema):
    """A callback task in the caller's hands: whom to call, and what to say."""

    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    script = fields.String(required=True, allow_none=True)


class OutcomeSchema(Schema):
    """What a call came to; `comment` in the resident's words (R130)."""

    outcome = fields.String(required=True, validate=validate.OneOf(values(Attempt)))
    comment = Text(max=2000, load_default=None, allow_none=True)


class MessageQuerySchema(page_schema(sort=("created_at",), default="-created_at")):  # type: ignore[misc]
    """Which messages are asked for; the newest come first."""

    number = Text(min=1, max=40, load_default=None)
    status = fields.String(validate=validate.OneOf(values(DeliveryStatus)), load_default=None)


class MessageSchema(Schema):
    """A message; `recipient` is masked, `text` is gone when the receiver was erased."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    template = fields.String(required=True)
    receiver = fields.String(required=True, validate=validate.OneOf(["resident", "staff"]))
    channel = fields.String(required=True, validate=validate.OneOf(values(Channel)))
    recipient = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(values(DeliveryStatus)))
    failure = fields.String(required=True, allow_none=True, validate=validate.OneOf(values(Failure)))
    attempts = fields.Integer(required=True)
    created_at = Instant(required=True)
    sent_at = Instant(required=True, allow_none=True)


MessagePageSchema = page_answer_schema("MessagePage", MessageSchema)


class ContactViewSchema(Schema):
    """Why the caller needs to see whom to reach."""

    reason = Text(min=1, max=500, required=True)


class ContactSchema(Schema):
    """Whom to reach about a complaint."""

    number = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
