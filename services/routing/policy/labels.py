"""The shape of the section `labels`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from services.chassis.i18n import Message
from services.routing.domain.policy.labels import Grades, Labels, Urgencies
from services.routing.policy.fields import CODE, LabelSchema, Mapped, PolicySchema, SectionSchema, nested


class GradesSchema(PolicySchema):
    """Words for the three grades; no two grades have the same (R55-R58)."""

    makes = Grades

    minor = nested(LabelSchema)
    important = nested(LabelSchema)
    major = nested(LabelSchema)

    @validates_schema
    def _told_apart(self, data: dict[str, Any], **_: Any) -> None:
        if len({label.zh for label in data.values()}) < len(data):
            raise ValidationError("policy_labels_alike")


class UrgenciesSchema(PolicySchema):
    """Words for the three degrees of urgency (R59)."""

    makes = Urgencies

    urgent = nested(LabelSchema)
    normal = nested(LabelSchema)
    deferrable = nested(LabelSchema)


class LabelsSchema(SectionSchema):
    """`labels`: which scheme is in use, the schemes, the words of urgency."""

    makes = Labels

    grades = fields.String(required=True)
    schemes = Mapped(fields.String(validate=CODE), nested(GradesSchema), required=True)
    urgency = nested(UrgenciesSchema)

    @validates_schema
    def _scheme_is_there(self, data: dict[str, Any], **_: Any) -> None:
        if data["grades"] not in data["schemes"]:
            possible = ", ".join(data["schemes"])
            raise ValidationError([Message("policy_scheme_unknown", {"possible": possible})], "grades")
