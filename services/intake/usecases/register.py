"""A complaint is put on the register (R31, R40)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from services.chassis.auth.principal import Principal
from services.chassis.errors import Forbidden, Invalid, Unavailable
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.scope import within
from services.chassis.sql import constraint_of
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.states import Status
from services.contracts.vocabulary import Role
from services.intake.domain.numbers import claim_code, claim_digest, complaint_number
from services.intake.domain.receipt import OLDEST_RECEIPT_DAYS, PUBLIC_CHANNELS, problem_with_receipt_time
from services.intake.storage import complaints, tables
from services.intake.storage.complaints import NewComplaint
from services.intake.storage.tree import Estate
from services.intake.usecases.people import Reporter, Resolved, resolve

T = TypeVar("T")

#: Roles that write complaints down (R31, R90, R96, R97).
REGISTRARS = (Role.RECEIVER, Role.HANDLER, Role.HEAD, Role.DIRECTOR, Role.CENTRE, Role.GROUP)

#: Of 2^30 numbers a day one is free at the first try; a database that takes none of these has another trouble.
_NUMBER_TRIES = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """What the complainant said, field by field valid. `language` is `zh` or `en`."""

    channel: str
    kind: str
    text: str
    demand: str | None
    location: str | None
    category: str | None
    received_at: datetime | None
    call_id: str | None
    anonymous: bool
    reporter: Reporter
    language: str
    unhappy_with: str | None = None


@dataclass(frozen=True, slots=True)
class Numbering:
    """How numbers and claim codes are made: `draw` returns random bits, `secret` keys the codes."""

    draw: Callable[[], int]
    secret: str

    def claim_code(self, number: str) -> str:
        """Return the claim code of a number."""
        return claim_code(self.secret, number)


def register(
    work: UnitOfWork,
    statement: Statement,
    *,
    estate: Estate | None,
    caller: Principal | None,
    numbering: Numbering,
) -> dict[str, Any]:
    """Put a complaint on the register and return its number and status; the claim code is the caller's to add.

    `estate` is None where nobody knows its code; one outside the caller's subtree is refused in the same words. An
    anonymous complaint keeps no trace of who made it (R23, R32). The earlier complaint that somebody is unhappy with is one
    of the same estate (R69). Raises `Invalid`, `Forbidden`.
    """
    if caller is not None and caller.role not in REGISTRARS:
        raise Forbidden("role_not_allowed")
    if estate is None or (caller is not None and not within(estate.path, caller.path)):
        raise Invalid(fields={"estate": ["estate_unknown"]})
    if statement.unhappy_with and not complaints.is_of(work.connection, statement.unhappy_with, estate.code):
        raise Invalid(fields={"unhappy_with": ["unhappy_with_unknown"]})
    received_at = _received_at(statement, caller, work.now)
    person = _person(work, statement, estate)
    complaint = NewComplaint(
        estate=estate.code,
        channel=statement.channel,
        kind=statement.kind,
        text=mask(statement.text) if statement.anonymous else statement.text,
        demand=_masked(statement.demand) if statement.anonymous else statement.demand,
        location=_masked(statement.location) if statement.anonymous else statement.location,
        category=statement.category,
        received_at=received_at,
        recorded_at=work.now,
        anonymous=statement.anonymous,
        party_id=person.party_id,
        household_id=person.household_id,
        receiver=caller.id if caller else None,
        call_id=statement.call_id,
        unhappy_with=statement.unhappy_with,
    )
    number = complaint_number(work.now, estate.zone, numbering.draw())
    digest = claim_digest(numbering.claim_code(number))
    work.add(tables.complaints, [complaints.new_row(number, digest, complaint)])
    work.record("complaint.registered", number, _registered(number, complaint, estate), estate=estate.code)
    return {"number": number, "status": Status.RECEIVED.value}


def with_free_number(attempt: Callable[[], T]) -> T:
    """Do what registers a complaint, again with another number where the one it drew is taken. Raises `Unavailable`."""
    for _ in range(_NUMBER_TRIES):
        try:
            return attempt()
        except IntegrityError as error:
            if constraint_of(error) != complaints.NUMBERS_ARE_UNIQUE:
                raise
    raise Unavailable("no_free_number")


def _received_at(statement: Statement, caller: Principal | None, now: datetime) -> datetime:
    if caller is None:
        if statement.channel not in PUBLIC_CHANNELS:
            raise Invalid(fields={"channel": ["channel_for_staff"]})
        if statement.received_at is not None:
            raise Invalid(fields={"received_at": ["received_at_for_staff"]})
    if statement.received_at is None:
        return now
    problem = problem_with_receipt_time(statement.received_at, now)
    if problem is not None:
        raise Invalid(fields={"received_at": [Message(problem, {"days": OLDEST_RECEIPT_DAYS})]})
    return min(statement.received_at, now)


def _person(work: UnitOfWork, statement: Statement, estate: Estate) -> Resolved:
    if statement.anonymous:
        return Resolved()
    return resolve(work, estate, statement.reporter, statement.language)


def _registered(number: str, complaint: NewComplaint, estate: Estate) -> Mapping[str, Any]:
    return {
        "number": number,
        "estate": estate.code,
        "path": estate.path,
        "channel": complaint.channel,
        "kind": complaint.kind,
        "text": mask(complaint.text),
        "demand": _masked(complaint.demand),
        "location": _masked(complaint.location),
        "category": complaint.category,
        "received_at": complaint.received_at,
        "recorded_at": complaint.recorded_at,
        "anonymous": complaint.anonymous,
        "party_id": complaint.party_id,
        "household_id": complaint.household_id,
        "receiver": complaint.receiver,
        "call_id": complaint.call_id,
        "unhappy_with": complaint.unhappy_with,
    }


def _masked(text: str | None) -> str | None:
    return mask(text) if text else None
