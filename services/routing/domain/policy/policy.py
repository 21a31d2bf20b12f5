"""The policy that holds at one place of the tenant tree."""

from __future__ import annotations

from dataclasses import dataclass

from services.routing.domain.policy.calendars import Calendars
from services.routing.domain.policy.clocks import Clocks
from services.routing.domain.policy.closing import Closing
from services.routing.domain.policy.escalation import AfterHours, Escalation
from services.routing.domain.policy.grading import Grading
from services.routing.domain.policy.handling import Handling
from services.routing.domain.policy.labels import Labels
from services.routing.domain.policy.matters import Matters
from services.routing.domain.policy.repeats import Repeats
from services.routing.domain.policy.roles import Roles
from services.routing.domain.policy.verification import Verification


@dataclass(frozen=True, slots=True)
class Policy:
    """All sections, as the documents from the shipped one down to the place give them."""

    labels: Labels
    grading: Grading
    roles: Roles
    verification: Verification
    closing: Closing
    handling: Handling
    repeats: Repeats
    matters: Matters
    calendars: Calendars
    clocks: Clocks
    escalation: Escalation
    after_hours: AfterHours
