"""The shape of the section `roles`."""

from __future__ import annotations

from enum import StrEnum

from services.routing.domain.policy.roles import Responsible, Roles
from services.routing.domain.rules import Urgency
from services.routing.policy.fields import PolicySchema, SectionSchema, nested, one_of, several_of


class Answering(StrEnum):
    """Roles that can answer for a case."""

    HEAD = "head"
    DIRECTOR = "director"
    CENTRE = "centre"
    GROUP = "group"


class ResponsibleSchema(PolicySchema):
    """A role for each grade (R93, R94)."""

    makes = Responsible

    minor = one_of(Answering)
    important = one_of(Answering)
    major = one_of(Answering)


class RolesSchema(SectionSchema):
    """`roles`: who answers for a case (R93, R94, R98)."""

    makes = Roles

    responsible = nested(ResponsibleSchema)
    appointed = several_of(Urgency)
