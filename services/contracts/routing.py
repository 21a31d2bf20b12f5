"""What routing publishes: decisions about a case, its work orders, its clocks, and who works here."""

from __future__ import annotations

from marshmallow import fields

from services.contracts.fields import EventSchema, code, count, instant, string
from services.contracts.intake import LONGEST_TEXT
from services.contracts.states import Status
from services.contracts.vocabulary import (
    Cause,
    ClockChange,
    ClockName,
    ClockVerdict,
    ClosedAs,
    EscalationAction,
    EscalationCause,
    LinkKind,
    ProposalStatus,
    ReopenedBy,
    Role,
    Severity,
    Urgency,
    Verdict,
)


class StaffChanged(EventSchema):
    """A person works here with this role, or no longer does. Subject: the staff id; names travel in `contact.recorded`."""

    staff_id = string()
    role = code(Role)
    path = string(longest=1000)
    disabled = fields.Boolean(required=True)


class ComplaintClassified(EventSchema):
    """Category, urgency and severity of a case, at each change (R59–R70, R73–R78).

    `category_rule` and `urgency_rule` name the rules that decided, of the pack `pack`; `severity_rule` is the fact that makes
    it so grave, and `severity_facts` all that would. `by` is the person who corrected them.
    """

    number = string()
    category = string()
    urgency = code(Urgency)
    category_rule = string()
    urgency_rule = string()
    pack = string()
    severity = code(Severity, required=False)
    severity_rule = string(required=False)
    severity_facts = fields.List(string(), allow_none=True, load_default=None)
    by = string(required=False)
    reason = string(longest=2000, required=False)
    at = instant()


class ComplaintVerified(EventSchema):
    """A case was verified (R47, R48). `reasons` are codes of the policy section `verification` (R49-R51, R54).

    `status` is where the case stands after it. An invalid one was confirmed by a second person, `approved_by` (R51), and
    has its `explanation` to the complainant (R52), which is masked.
    """

    number = string()
    verdict = code(Verdict)
    reasons = fields.List(string(), required=True)
    status = code(Status)
    explanation = string(longest=LONGEST_TEXT, required=False)
    by = string()
    approved_by = string(required=False)
    at = instant()


class ComplaintAnswered(EventSchema):
    """A responsible person answered the complainant for the first time (R105)."""

    number = string()
    by = string()
    text = string(longest=LONGEST_TEXT)
    at = instant()


class ComplaintProposed(EventSchema):
    """A solution was proposed to the complainant, or he agreed to it or declined it (R111, R112).

    `result` and `commitment` are masked; `done_by` is shown in `zone`, the estate's.
    """

    number = string()
    proposal_id = string()
    status = code(ProposalStatus)
    result = string(longest=2000)
    commitment = string(longest=2000)
    done_by = instant()
    zone = string()
    by = string()
    at = instant()


class ComplaintResolved(EventSchema):
    """All work orders of the case are signed off (R122). `round` counts from 1 and grows with each reopening.

    `cause` is what was at the root of it, if who handled it said so (R183, R191).
    """

    number = string()
    result = string(longest=LONGEST_TEXT)
    round = count()
    cause = code(Cause, required=False)
    party_id = string(required=False)
    at = instant()


class ComplaintClosed(EventSchema):
    """The case is at its end."""

    number = string()
    closed_as = code(ClosedAs)
    by = string(required=False)
    reason = string(longest=2000, required=False)
    at = instant()


class ComplaintReopened(EventSchema):
    """The case goes on: the complainant is not satisfied, or a person decided so (R123)."""

    number = string()
    cause = code(ReopenedBy)
    by = string(required=False)
    reason = string(longest=2000, required=False)
    round = count()
    at = instant()


class ComplaintLinked(EventSchema):
    """A complaint now belongs to another, or with `removed` no longer does (R60, R69). Subject: the first one's number.

    `replaces` is the number it belonged to before, when only that changed: the complaints joined in a group got another
    master. `by` is the person who decided, None for a rule.
    """

    number = string()
    other = string()
    kind = code(LinkKind)
    removed = fields.Boolean(required=True)
    replaces = string(required=False)
    by = string(required=False)
    reason = string(longest=2000, required=False)
    at = instant()


class WorkOrderAssigned(EventSchema):
    """A work order has a responsible department and person (R84, R85); `parent` is the one it is a part of (R100)."""

    number = string()
    work_order_id = string()
    department = string()
    assignee = string()
    party_id = string(required=False)
    parent = string(required=False)
    at = instant()


class WorkOrderStep(EventSchema):
    """A step of a work order by a person; `note` is masked and shown to the complainant (R118).

    `parent` is the order it is a part of (R100): of parts the complainant is told their progress alone.
    """

    number = string()
    work_order_id = string()
    by = string()
    note = string(longest=LONGEST_TEXT, required=False)
    parent = string(required=False)
    at = instant()


class ClockBreached(EventSchema):
    """A clock ran past its target (R37, R38, R85, R105, R106, R119). `due_at` is the true moment, `at` when it was noticed.

    `occurrence` counts from 1 how often the clock ran for this complaint.
    """

    number = string()
    clock = code(ClockName)
    occurrence = count(required=False)
    started_at = instant()
    due_at = instant()
    at = instant()


class ClockChanged(EventSchema):
    """A clock that runs was stopped, paused, resumed, or computed anew as policy, calendar or zone changed.

    It stands as it says: `due_at` is when it is due now, `due_before` when it was due before; `calendar` is the version of
    the timetable that this was computed with. `reason` is that of a pause or a new computation, `by` who paused or resumed.
    """

    number = string()
    clock = code(ClockName)
    occurrence = count()
    change = code(ClockChange)
    started_at = instant()
    due_at = instant()
    due_before = instant(required=False)
    stopped_at = instant(required=False)
    verdict = code(ClockVerdict)
    calendar = string()
    reason = string(required=False)
    by = string(required=False)
    at = instant()


class ComplaintEscalated(EventSchema):
    """Others are told of a complaint: a clock is about to run out or has, a person takes it upwards (R104), or it is
    investigated (R72): `reason` gives the households that complained of those there are. One that is grave or urgent has a
    person who answers for it (R93, R94, R98).

    `receivers` are ids of staff; without any, it is on record that the level was reached. `action` says whether they only
    are told, look on from now on, or got the work order. `level` counts the levels of a plan from 1 and is 0 where a person
    decided. Of clocks that reach a level at the same time `clock` is the one due first, `clocks` are all of them.
    """

    number = string()
    cause = code(EscalationCause)
    level = count()
    action = code(EscalationAction)
    receivers = fields.List(string(), required=True)
    clock = code(ClockName, required=False)
    clocks = fields.List(string(), load_default=None, allow_none=True)
    due_at = instant(required=False)
    by = string(required=False)
    reason = string(longest=2000, required=False)
    at = instant()
