"""The sections a policy document may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from services.chassis.i18n import Message
from services.routing.domain.calendars.calendar import AROUND_THE_CLOCK
from services.routing.domain.clocks import ClockName
from services.routing.domain.policy.policy import Policy
from services.routing.domain.rules import Pack
from services.routing.policy.calendars import CalendarsSchema
from services.routing.policy.clocks import ClocksSchema
from services.routing.policy.closing import ClosingSchema
from services.routing.policy.escalation import AfterHoursSchema, EscalationSchema
from services.routing.policy.fields import PolicySchema, SectionSchema
from services.routing.policy.grading import GradingSchema
from services.routing.policy.handling import HandlingSchema
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
    "handling": HandlingSchema,
    "repeats": RepeatsSchema,
    "matters": MattersSchema,
    "calendars": CalendarsSchema,
    "clocks": ClocksSchema,
    "escalation": EscalationSchema,
    "after_hours": AfterHoursSchema,
}


def document_schema(pack: Pack | None = None) -> PolicySchema:
    """The schema of a document; `pack` as for `SectionSchema`."""
    sections = {name: fields.Nested(schema(pack), required=True) for name, schema in SECTIONS.items()}
    made: type[Any] = _Document.from_dict(dict(sections), name="PolicyDocument")
    schema: PolicySchema = made()
    return schema


class _Document(PolicySchema):
    makes = Policy

    @validates_schema
    def _calendars_are_there(self, data: dict[str, Any], **_: Any) -> None:
        """Clocks run on calendars that the document has."""
        known = {AROUND_THE_CLOCK, *data["calendars"].named}
        unknown: dict[str, Any] = {}
        message = [Message("policy_calendar_unknown", {"possible": ", ".join(sorted(known))})]
        for name in ClockName:
            targets = data["clocks"].of(name)
            if targets.calendar not in known:
                unknown.setdefault("clocks", {}).setdefault(name.value, {})["calendar"] = message
            for case, special in targets.cases.items():
                if special.calendar not in (None, *known):
                    cases = unknown.setdefault("clocks", {}).setdefault(name.value, {})
                    cases.setdefault("cases", {})[case] = {"calendar": message}
        if data["after_hours"].calendar not in known:
            unknown["after_hours"] = {"calendar": message}
        if unknown:
            raise ValidationError(unknown)
