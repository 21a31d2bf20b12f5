"""The operator's words for severity and urgency (R55-R59)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.routing.domain.rules import Label, Urgency
from services.routing.domain.severity import Severity


@dataclass(frozen=True, slots=True)
class Grades:
    """What one operator calls the three grades of severity."""

    minor: Label
    important: Label
    major: Label


@dataclass(frozen=True, slots=True)
class Urgencies:
    """What one operator calls the three degrees of urgency (R59)."""

    urgent: Label
    normal: Label
    deferrable: Label


@dataclass(frozen=True, slots=True)
class Labels:
    """The words in use: those of the scheme that `grades` names among `schemes`, and those of urgency."""

    grades: str
    schemes: Mapping[str, Grades]
    urgency: Urgencies

    def of_severity(self, severity: Severity) -> Label:
        """What people call this grade (R55-R58)."""
        label: Label = getattr(self.schemes[self.grades], severity.value)
        return label

    def of_urgency(self, urgency: Urgency) -> Label:
        """What people call this degree of urgency (R59)."""
        label: Label = getattr(self.urgency, urgency.value)
        return label
