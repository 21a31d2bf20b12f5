"""The shape of the section `grading`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.chassis.i18n import Message
from services.contracts.vocabulary import Channel
from services.routing.domain.policy.grading import FactCategories, FactChannels, Grading
from services.routing.policy.fields import (
    PolicySchema,
    SectionSchema,
    Several,
    nested,
    several_of,
    whole,
)


class FactChannelsSchema(PolicySchema):
    """Channels that are facts (R28, R61, R66)."""

    makes = FactChannels

    written = several_of(Channel)
    transferred_from = several_of(Channel)
    media = several_of(Channel)


class FactCategoriesSchema(PolicySchema):
    """Categories that are facts (R67, R68)."""

    makes = FactCategories

    overall_level = Several(fields.String(), required=True)
    staff_conduct = Several(fields.String(), required=True)


class GradingSchema(SectionSchema):
    """`grading`: figures and lists behind severity (R60, R63, R66-R68, R71)."""

    makes = Grading

    group_households = whole(2, 1000)
    loss = whole(1, 100_000_000)
    majority = fields.Float(
        required=True, validate=validate.Range(min=0, max=1, min_inclusive=False, max_inclusive=False)
    )
    channels = nested(FactChannelsSchema)
    categories = nested(FactCategoriesSchema)

    @validates_schema(skip_on_field_errors=False)
    def _categories_are_known(self, data: dict[str, Any], **_: Any) -> None:
        if self.pack is None or "categories" not in data:
            return
        wrong = {
            fact: [Message("policy_category_unknown", {"category": code})]
            for fact in ("overall_level", "staff_conduct")
            for code in getattr(data["categories"], fact)
            if code not in self.pack.categories
        }
        if wrong:
            raise ValidationError({"categories": wrong})
