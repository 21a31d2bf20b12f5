"""Complaints, what their complainants do with them, and their progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.contracts.states import Status
from services.contracts.vocabulary import Channel, Kind, Satisfaction, values
from services.intake.domain.numbers import NUMBER_PATTERN

#: Characters of the longest complaint (DESIGN §6); what is longer is refused, never cut.
LONGEST_TEXT = 10_000
_LONGEST_REMARK = 2_000

#: Enough to find a slip of the pen; whether there is such an address, only a message can tell.
EMAIL = r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+"
LONGEST_EMAIL = 200


def _optional(longest: int, **keywords: Any) -> Text:
    """A text that may be missing, null or empty, which is all the same."""
    return Text(max=longest, load_default=None, allow_none=True, **keywords)


class _Flag(fields.Boolean):
    """True or false and nothing that looks like it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **others: Any
    ) -> bool:
        # To Python 1 is the same as True, also in a set of what is true.
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class ReporterSchema(Schema):
    """Who complains and how to reach him; everything may be missing (R32)."""

    name = _optional(100)
    phone = _optional(40)
    email = _optional(
        LONGEST_EMAIL, validate=validate.Regexp(f"^({EMAIL})?$"), metadata={"pattern": f"^({EMAIL})?$"}
    )
    unit = _optional(60)


class ComplaintSchema(Schema):
    """A complaint as it is made (R33).

    `unhappy_with` is the number of an earlier complaint of the estate whose handling is complained about (R69).
    """

    estate = Text(min=1, max=40, required=True)
    channel = fields.String(required=True, validate=validate.OneOf(values(Channel)))
    text = Text(min=1, max=LONGEST_TEXT, required=True)
    reporter = fields.Nested(ReporterSchema, load_default=None, allow_none=True)
    anonymous = _Flag(load_default=False)
    location = _optional(200)
    category = _optional(64)
    demand = _optional(_LONGEST_REMARK)
    kind = fields.String(load_default=Kind.COMPLAINT.value, validate=validate.OneOf(values(Kind)))
    received_at = Instant(load_default=None, allow_none=True)
    call_id = _optional(64)
    unhappy_with = _optional(40)


class LinksSchema(Schema):
    """Where to go on."""

    self = fields.String(required=True)
    attachments = fields.String(required=True)
    supplements = fields.String(required=True)
    withdrawal = fields.String(required=True)
    rating = fields.String(required=True)


_status = validate.OneOf(values(Status))


class ReceiptSchema(Schema):
    """What the complainant keeps: the number reads, the claim code writes."""

    number = fields.String(required=True, validate=validate.Regexp(f"^{NUMBER_PATTERN}$"))
    claim_code = fields.String(required=True)
    status = fields.String(required=True, validate=_status)
    links = fields.Nested(LinksSchema, required=True)


class TimelineEntrySchema(Schema):
    """Something that happened: `what` is stable, `text` says it in the reader's language."""

    at = Instant(required=True)
    what = fields.String(required=True)
    text = fields.String(required=True)
    note = fields.String(allow_none=True)


class ProgressSchema(Schema):
    """How far a complaint is; no personal data."""

    number = fields.String(required=True)
    status = fields.String(required=True, validate=_status)
    status_text = fields.String(required=True)
    received_at = Instant(required=True)
    timeline = fields.List(fields.Nested(TimelineEntrySchema), required=True)


class _ClaimedSchema(Schema):
    claim_code = Text(min=1, max=64, required=True)


class SupplementSchema(_ClaimedSchema):
    """Something to add to a complaint."""

    text = Text(min=1, max=LONGEST_TEXT, required=True)


class WithdrawalSchema(_ClaimedSchema):
    """A complaint is taken back, for good."""

    reason = _optional(_LONGEST_REMARK)


class RatingSchema(_ClaimedSchema):
    """How satisfactory the result is (R135)."""

    satisfaction = fields.String(required=True, validate=validate.OneOf(values(Satisfaction)))
    comment = _optional(_LONGEST_REMARK)


class FollowUpSchema(Schema):
    """The complaint after what its complainant did."""

    number = fields.String(required=True)
    status = fields.String(required=True, validate=_status)


class ComplaintQuerySchema(page_schema(sort=("received_at", "number"), default="-received_at")):  # type: ignore[misc]
    """Which complaints are looked for: `q` is the beginning of a number."""

    estate = Text(max=40)
    channel = fields.String(validate=validate.OneOf(values(Channel)))
    status = fields.String(validate=_status)
    q = Text(max=20)


class ListedComplaintSchema(Schema):
    """A complaint as staff sees it; numbers of persons in its texts are masked."""

    number = fields.String(required=True)
    estate = fields.String(required=True)
    channel = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    category = fields.String(allow_none=True)
    location = fields.String(allow_none=True)
    text = fields.String(required=True)
    demand = fields.String(allow_none=True)
    received_at = Instant(required=True)
    recorded_at = Instant(required=True)
    anonymous = fields.Boolean(required=True)
    party_id = fields.String(allow_none=True)
    household_id = fields.String(allow_none=True)
    receiver = fields.String(allow_none=True)
    call_id = fields.String(allow_none=True)
    unhappy_with = fields.String(allow_none=True)


ComplaintPageSchema = page_answer_schema("ComplaintPage", ListedComplaintSchema)


class ErasureSchema(Schema):
    """A person who was forgotten."""

    party_id = fields.UUID(required=True)
