"""The shape of the section `repeats`."""

from __future__ import annotations

from services.routing.domain.policy.repeats import Repeats
from services.routing.policy.fields import SectionSchema, whole


class RepeatsSchema(SectionSchema):
    """`repeats`: when a complaint repeats an earlier one (R190)."""

    makes = Repeats

    days = whole(1, 366)
