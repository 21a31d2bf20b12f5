"""What notification publishes: how callbacks ended."""

from __future__ import annotations

from services.contracts.fields import EventSchema, code, count, instant, string
from services.contracts.intake import LONGEST_TEXT
from services.contracts.vocabulary import CallbackOutcome


class CallbackCompleted(EventSchema):
    """A callback task is at its end (R131, R133, R135). `round` is the round of the resolution it asked about.

    `by` is the person who called; None where there was nobody to call (no contact known).
    """

    number = string()
    callback_id = string()
    outcome = code(CallbackOutcome)
    comment = string(longest=LONGEST_TEXT, required=False)
    attempts = count()
    round = count()
    by = string(required=False)
    at = instant()
