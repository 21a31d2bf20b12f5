"""The shape of the section `matters`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.routing.domain.policy.matters import Matters, Weights
from services.routing.policy.fields import PolicySchema, SectionSchema, nested, one_of, whole
from services.routing.policy.roles import Answering


def _share() -> fields.Float:
    return fields.Float(required=True, validate=validate.Range(min=0, max=1))


class WeightsSchema(PolicySchema):
    """How much each kind of likeness counts; texts count in any case."""

    makes = Weights

    text = fields.Float(required=True, validate=validate.Range(min=0, max=1, min_inclusive=False))
    place = _share()
    time = _share()


class MattersSchema(SectionSchema):
    """`matters`: how complaints about one matter are found and brought together (R60, R71, R72)."""

    makes = Matters

    days = whole(1, 90)
    compared = whole(1, 1000)
    suggested = whole(1, 50)
    like = _share()
    duplicate = _share()
    weights = nested(WeightsSchema)
    join_unasked = fields.Boolean(required=True)
    join_from = _share()
    led_by = one_of(Answering)

    @validates_schema
    def _duplicates_are_more_alike(self, data: dict[str, Any], **_: Any) -> None:
        if data["duplicate"] < data["like"]:
            raise ValidationError("policy_duplicate_below_like", "duplicate")
