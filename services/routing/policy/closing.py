"""The shape of the section `closing`."""

from __future__ import annotations

from enum import StrEnum

from marshmallow import fields, validate

from services.routing.domain.closing import Condition
from services.routing.domain.policy.closing import Approvers, Closing, Consent
from services.routing.policy.fields import (
    PolicySchema,
    SectionSchema,
    Several,
    nested,
    one_of,
    several_of,
    whole,
)


class Approving(StrEnum):
    """Roles that can be a second person."""

    HEAD = "head"
    DIRECTOR = "director"
    CENTRE = "centre"
    GROUP = "group"


def _approvers() -> Several:
    one = fields.String(validate=validate.OneOf([role.value for role in Approving]))
    return Several(one, required=True, validate=validate.Length(min=1))


class Upwards(StrEnum):
    """Roles above a handler that take the steps of a work order."""

    HEAD = "head"
    DIRECTOR = "director"


class ApproversSchema(PolicySchema):
    """The roles that may decide, for each kind of approval at least one (R51, R103, R117)."""

    makes = Approvers

    invalid = _approvers()
    abnormal_close = _approvers()
    answer = _approvers()
    compensation = _approvers()


def _yes_or_no() -> fields.Boolean:
    return fields.Boolean(required=True, truthy={True}, falsy={False})


class ConsentSchema(PolicySchema):
    """Whether closing early takes a second person, for each grade (R51)."""

    makes = Consent

    minor = _yes_or_no()
    important = _yes_or_no()
    major = _yes_or_no()


class ClosingSchema(SectionSchema):
    """`closing`: who consents, what closing takes, and when a case goes upwards (R51, R122, R123, R131, R135)."""

    makes = Closing

    approvers = nested(ApproversSchema)
    consent = nested(ConsentSchema)
    waivable = several_of(Condition)
    rounds_before_escalation = whole(0, 100)
    escalates_to = one_of(Upwards)
