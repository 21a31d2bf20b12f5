"""Clocks as staff see them, and what is done with them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.policy.escalation import Receiver

#: To whom a person may take a case.
_ABOVE = (Receiver.HEAD, Receiver.DIRECTOR, Receiver.CENTRE, Receiver.GROUP)


class PeriodSchema(Schema):
    """Time that counted."""

    starts = Instant(required=True)
    ends = Instant(required=True)


class ClockPauseSchema(Schema):
    """Time that did not count; `kept_seconds` of it would have been working time. It is over at `until` at the latest."""

    paused_at = Instant(required=True)
    until = Instant(required=True)
    resumed_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    by = fields.String(required=True)
    kept_seconds = fields.Integer(required=True)


class ClockSchema(Schema):
    """A clock and how it stands now; a breached one without `stopped_at` still runs.

    `used_seconds` and `remaining_seconds` are time of its calendar, which `calendar` names with the version it was computed
    with; negative is what was used beyond the target. `periods` counted towards the target. `explanation` says it in words.
    """

    name = fields.String(required=True, validate=validate.OneOf([name.value for name in ClockName]))
    occurrence = fields.Integer(required=True)
    started_at = Instant(required=True)
    target_seconds = fields.Integer(required=True)
    due_at = Instant(required=True)
    stopped_at = Instant(required=True, allow_none=True)
    verdict = fields.String(required=True, validate=validate.OneOf([v.value for v in Verdict]))
    calendar = fields.String(required=True)
    used_seconds = fields.Integer(required=True)
    remaining_seconds = fields.Integer(required=True)
    paused = fields.Boolean(required=True)
    periods = fields.List(fields.Nested(PeriodSchema), required=True)
    pauses = fields.List(fields.Nested(ClockPauseSchema), required=True)
    explanation = fields.String(required=True)


class PauseSchema(Schema):
    """Why a clock stands still: a code of the policy, and what there is to say about it."""

    reason = Text(min=1, max=40, required=True)
    note = Text(min=1, max=2000, allow_none=True, load_default=None)


class ResumptionSchema(Schema):
    """What there is to say about it."""

    note = Text(min=1, max=2000, allow_none=True, load_default=None)


class EscalationSchema(Schema):
    """Why a case goes upwards, and to whom if not to the next above."""

    reason = Text(min=1, max=2000, required=True)
    to = fields.String(
        validate=validate.OneOf([each.value for each in _ABOVE]), allow_none=True, load_default=None
    )
