"""The shape of the section `clocks`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from services.chassis.i18n import Message
from services.routing.domain.clocks import ClockName
from services.routing.domain.policy.clocks import Clocks, PauseReason, TargetFor, Targets
from services.routing.policy.fields import (
    CODE,
    LabelSchema,
    Mapped,
    PolicySchema,
    SectionSchema,
    nested,
    several_of,
)
from services.routing.policy.times import Duration, MeantSchema, condition_from, unknown_category


def _target_for(**data: Any) -> TargetFor:
    return TargetFor(condition_from(data), **data)


class TargetForSchema(MeantSchema):
    """Another target for some cases, on the clock's calendar or one of its own; `null` lets the clock not run."""

    makes = _target_for

    target = Duration(required=True, allow_none=True)
    calendar = fields.String(allow_none=True, load_default=None)


class TargetsSchema(PolicySchema):
    """How long one clock may run, on which calendar, and for which cases otherwise."""

    makes = Targets

    target = Duration(required=True, allow_none=True)
    calendar = fields.String(required=True)
    cases = Mapped(fields.String(validate=CODE), nested(TargetForSchema), load_default=dict)


class PauseReasonSchema(PolicySchema):
    """A reason to pause, the clocks it may pause, and for how long one clock in all."""

    makes = PauseReason

    label = nested(LabelSchema)
    clocks = several_of(ClockName)
    longest = Duration(required=True)


class ClocksSchema(SectionSchema):
    """`clocks`: targets of each clock (R37, R38, R85, R105, R106, R119) and reasons for pauses."""

    makes = Clocks

    record = nested(TargetsSchema)
    dispatch = nested(TargetsSchema)
    answer = nested(TargetsSchema)
    arrive = nested(TargetsSchema)
    follow_up = nested(TargetsSchema)
    solve = nested(TargetsSchema)
    return_visit = nested(TargetsSchema)
    pauses = Mapped(fields.String(validate=CODE), nested(PauseReasonSchema), required=True)

    @validates_schema
    def _categories_are_known(self, data: dict[str, Any], **_: Any) -> None:
        for name in ClockName:
            if self.pack is None or name.value not in data:
                continue
            found = unknown_category(data[name.value].cases, self.pack.categories)
            if found is not None:
                case, category = found
                message = Message("policy_category_unknown", {"category": category})
                raise ValidationError({name.value: {"cases": {case: {"category": [message]}}}})
