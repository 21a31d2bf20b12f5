"""The shape of the section `verification`."""

from __future__ import annotations

from marshmallow import fields

from services.routing.domain.policy.verification import Verification
from services.routing.policy.fields import CODE, LabelSchema, Mapped, SectionSchema, nested


class VerificationSchema(SectionSchema):
    """`verification`: the reasons for which complaints are found valid or invalid (R48-R51, R54)."""

    makes = Verification

    valid = Mapped(fields.String(validate=CODE), nested(LabelSchema), required=True)
    invalid = Mapped(fields.String(validate=CODE), nested(LabelSchema), required=True)
