"""The codes that travel in events and over HTTP. Labels for people are in each service's message catalogue."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How a complaint reached us (R13, R15, R17–R19, R21–R24, R28, R61)."""

    PHONE = "phone"
    WEB = "web"
    APP = "app"
    EMAIL = "email"
    WECHAT = "wechat"
    SMS = "sms"
    LETTER = "letter"
    WALK_IN = "walk_in"
    SUGGESTION_BOX = "suggestion_box"
    OWNERS_MEETING = "owners_meeting"
    GOVERNMENT = "government"
    GROUP = "group"
    MEDIA = "media"


class Kind(StrEnum):
    """What the resident wants: five kinds on one work order (R4)."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    INQUIRY = "inquiry"
    CHALLENGE = "challenge"
    HELP = "help"


class Urgency(StrEnum):
    """How soon (R59)."""

    URGENT = "urgent"
    NORMAL = "normal"
    DEFERRABLE = "deferrable"


class Severity(StrEnum):
    """How grave (R55–R58, R60–R70)."""

    MINOR = "minor"
    IMPORTANT = "important"
    MAJOR = "major"


class Purpose(StrEnum):
    """What an attachment shows: evidence of the complaint (R21), a site visit (R110), the place before and after (R114)."""

    EVIDENCE = "evidence"
    SITE_VISIT = "site_visit"
    BEFORE = "before"
    AFTER = "after"


class Satisfaction(StrEnum):
    """What the resident says of the result (R172)."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"


class CallbackOutcome(StrEnum):
    """How a callback ended: the resident's satisfaction, or nobody was reached in any attempt (R131, R135)."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHED = "unreached"


class ClosedAs(StrEnum):
    """Why a complaint is closed."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    UNREACHED = "unreached"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"
    BY_STAFF = "by_staff"


class Verdict(StrEnum):
    """What the verification of a complaint found (R48)."""

    VALID = "valid"
    INVALID = "invalid"


class Cause(StrEnum):
    """What was at the root of a complaint, as who handled it found (R183, R191)."""

    DESIGN_FAULT = "design_fault"
    CONSTRUCTION_FAULT = "construction_fault"
    WEAR = "wear"
    LATE_REPAIR = "late_repair"
    POOR_REPAIR = "poor_repair"
    MISSING_PARTS = "missing_parts"
    STAFF = "staff"
    MANAGEMENT = "management"
    RESIDENTS = "residents"
    OTHERS = "others"
    OTHER = "other"


class ReopenedBy(StrEnum):
    """What made a complaint open again (R123): its complainant's word, a person's decision, a company check (R138)."""

    RATING = "rating"
    CALLBACK = "callback"
    STAFF = "staff"
    SENT_BACK = "sent_back"


class LinkKind(StrEnum):
    """How one complaint belongs to another (R60, R69): each names what the first is to the other."""

    DUPLICATE_OF = "duplicate_of"
    JOINED_TO = "joined_to"
    SECOND_COMPLAINT_OF = "second_complaint_of"
    CHILD_OF = "child_of"


class ClockName(StrEnum):
    """The clocks of a complaint: R37/R38, R85, R105, R106, R119 (and R101), its solution, R133."""

    RECORD = "record"
    DISPATCH = "dispatch"
    ANSWER = "answer"
    ARRIVE = "arrive"
    FOLLOW_UP = "follow_up"
    SOLVE = "solve"
    RETURN_VISIT = "return_visit"


class ClockChange(StrEnum):
    """What happened to a clock that runs."""

    STOPPED = "stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECOMPUTED = "recomputed"


class ClockVerdict(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    KEPT = "kept"
    BREACHED = "breached"


class EscalationCause(StrEnum):
    """Why others are told of a complaint: a clock is about to be due, is past it, or a person decided so (R104); so many
    households complain of its matter that it is investigated (R72), or it is so grave or urgent that one person by name
    answers for it (R93, R94, R98)."""

    WARNING = "warning"
    OVERDUE = "overdue"
    PERSON = "person"
    INVESTIGATION = "investigation"
    RESPONSIBLE = "responsible"


class EscalationAction(StrEnum):
    """What happens besides telling: nothing, the receivers look on from now on, or one of them gets the work order."""

    TELL = "tell"
    ADD = "add"
    REASSIGN = "reassign"


class ProposalStatus(StrEnum):
    """What became of a proposal: a newer one replaces one that was not answered (R111, R112)."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DECLINED = "declined"
    REPLACED = "replaced"


class Role(StrEnum):
    """Who may do what (R90–R97); each sees its own subtree of the tenant tree only."""

    RECEIVER = "receiver"
    HANDLER = "handler"
    HEAD = "head"
    DIRECTOR = "director"
    CENTRE = "centre"
    GROUP = "group"
    AUDITOR = "auditor"
    OPERATOR = "operator"


def values(codes: type[StrEnum]) -> list[str]:
    """The codes of one list, in order."""
    return [code.value for code in codes]
