"""The sections a policy document may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from services.routing.domain.policy.policy import Policy
from services.routing.domain.rules import Pack
from services.routing.policy.closing import ClosingSchema
from services.routing.policy.fields import PolicySchema, SectionSchema
from services.routing.policy.grading import GradingSchema
from services.routing.policy.labels import LabelsSchema
from services.routing.policy.matters import MattersSchema
from services.routing.policy.repeats import RepeatsSchema
from services.routing.policy.roles import RolesSchema
from services.routing.policy.verification import VerificationSchema

#: One line a section: its name in documents and in `Policy`, and its schema.
SECTIONS: Mapping[str, type[SectionSchema]] = {
    "labels": LabelsSchema,
    "grading": GradingSchema,
    "roles": RolesSchema,
    "verification": VerificationSchema,
    "closing": ClosingSchema,
    "repeats": RepeatsSchema,
    "matters": MattersSchema,
}


def document_schema(pack: Pack | None = None) -> PolicySchema:
    """The schema of a document; `pack` as for `SectionSchema`."""
    sections = {name: fields.Nested(schema(pack), required=True) for name, schema in SECTIONS.items()}
    made: type[Any] = _Document.from_dict(dict(sections), name="PolicyDocument")
    schema: PolicySchema = made()
    return schema


class _Document(PolicySchema):
    makes = Policy
