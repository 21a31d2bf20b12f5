"""The shape of the section `handling`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from services.chassis.i18n import Message
from services.contracts.vocabulary import Role
from services.routing.domain.policy.handling import Handling
from services.routing.policy.fields import SectionSchema, Several, several_of


class HandlingSchema(SectionSchema):
    """`handling`: what needs a superior's consent before an answer, and who sees compensation (R103, R117)."""

    makes = Handling

    consent_before_answer = Several(fields.String(), required=True)
    compensation_seen_by = several_of(Role)

    @validates_schema(skip_on_field_errors=False)
    def _categories_are_known(self, data: dict[str, Any], **_: Any) -> None:
        if self.pack is None:
            return
        wrong = [
            Message("policy_category_unknown", {"category": code})
            for code in data.get("consent_before_answer", ())
            if code not in self.pack.categories
        ]
        if wrong:
            raise ValidationError(wrong, "consent_before_answer")
