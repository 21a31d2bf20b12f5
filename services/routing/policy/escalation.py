"""The shape of the sections `escalation` and `after_hours`."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from services.chassis.i18n import Message
from services.contracts.vocabulary import Role
from services.routing.domain.clocks import ClockName
from services.routing.domain.policy.escalation import (
    Action,
    AfterHours,
    Escalation,
    Level,
    LevelsFor,
    Plan,
    Receiver,
)
from services.routing.policy.fields import (
    CODE,
    Mapped,
    PolicySchema,
    SectionSchema,
    Several,
    nested,
    one_of,
    several_of,
)
from services.routing.policy.times import Duration, MeantSchema, condition_from, unknown_category


class LevelSchema(PolicySchema):
    """One step: when, counted in the clock's working time from its due time, whom to tell, and what else."""

    makes = Level

    offset = Duration(signed=True, required=True)
    receivers = several_of(Receiver)
    action = one_of(Action)


class Levels(Several):
    """Levels in the order of their time."""

    def __init__(self) -> None:
        super().__init__(nested(LevelSchema), required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        levels: tuple[Level, ...] = super()._deserialize(value, attr, data, **kwargs)
        offsets = [level.offset for level in levels]
        if offsets != sorted(set(offsets)):
            raise ValidationError("policy_levels_order")
        return levels


def _levels_for(**data: Any) -> LevelsFor:
    return LevelsFor(condition_from(data), **data)


class LevelsForSchema(MeantSchema):
    """Other levels for some cases."""

    makes = _levels_for

    levels = Levels()


class PlanSchema(PolicySchema):
    """The levels of one clock, and for which cases there are others."""

    makes = Plan

    levels = Levels()
    cases = Mapped(fields.String(validate=CODE), nested(LevelsForSchema), load_default=dict)


class EscalationSchema(SectionSchema):
    """`escalation`: the plan of each clock (R101, R104)."""

    makes = Escalation

    record = nested(PlanSchema)
    dispatch = nested(PlanSchema)
    answer = nested(PlanSchema)
    arrive = nested(PlanSchema)
    follow_up = nested(PlanSchema)
    solve = nested(PlanSchema)
    return_visit = nested(PlanSchema)

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


class AfterHoursSchema(SectionSchema):
    """`after_hours`: when the service centre works, and who takes new work outside of that (R43)."""

    makes = AfterHours

    calendar = fields.String(required=True)
    department = fields.String(required=True)
    role = one_of(Role)

    @validates_schema
    def _department_is_known(self, data: dict[str, Any], **_: Any) -> None:
        if self.pack is not None and data.get("department") not in (None, *self.pack.departments):
            raise ValidationError("department_unknown", "department")
