"""Who works here: appointing, changing, disabling (R90-R97). Others are told by `staff.changed` and `contact.recorded`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row

from services.chassis.auth.revocation import PrincipalState, remember_principals
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.chassis.ids import new_id
from services.chassis.references import Referred
from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.shifts import Shift
from services.routing.domain.staff import may_appoint
from services.routing.storage import staff, tokens, work_orders

#: The role of staff in `contact.recorded`, which tells them from residents.
CONTACT_ROLE: Final = "staff"


@dataclass(frozen=True, slots=True)
class Appointer:
    """Who appoints: the subtree he does it in and his role; the command line acts as an operator of everything."""

    role: str
    path: str


COMMAND_LINE: Final = Appointer("operator", "")


@dataclass(frozen=True, slots=True)
class Appointment:
    """A person as he is to be. Without `password_hash` he cannot sign in yet; without shifts he gets no work."""

    username: str
    name: str
    role: str
    path: str
    department: str | None = None
    phone: str | None = None
    email: str | None = None
    shifts: tuple[Shift, ...] = ()
    password_hash: str | None = None


def appoint(work: UnitOfWork, appointer: Appointer, wanted: Appointment, language: str) -> str:
    """Add a person; returns the id. Raises `Conflict` for a username in use, `Invalid`, `Forbidden`."""
    _check(appointer, wanted.role, wanted.path)
    if staff.lock_named(work.connection, wanted.username) is not None:
        raise Conflict("username_taken", username=wanted.username)
    id_ = new_id()
    values = {**_values(wanted, language), "password_hash": wanted.password_hash}
    staff.insert(work.connection, {"id": id_, **values, "disabled": False, "version": 1})
    staff.replace_shifts(work.connection, id_, wanted.shifts)
    _tell(work, id_, wanted, disabled=False, version=1)
    _tell_contact(work, id_, wanted, language)
    return id_


def put(work: UnitOfWork, appointer: Appointer, wanted: Appointment, language: str) -> bool:
    """Add the person, or bring the one with this username to what is wanted; returns whether he is new.

    The password of somebody who exists stays unless a new one is given.
    """
    person = staff.lock_named(work.connection, wanted.username)
    if person is None:
        appoint(work, appointer, wanted, language)
        return True
    _check(appointer, person.role, person.path)
    _check(appointer, wanted.role, wanted.path)
    values = _values(wanted, language)
    if wanted.password_hash is not None:
        values["password_hash"] = wanted.password_hash
    staff.change(work.connection, person.id, **values)
    staff.replace_shifts(work.connection, person.id, wanted.shifts)
    _tell(work, person.id, wanted, disabled=person.disabled, version=person.version + 1)
    _tell_contact(work, person.id, wanted, language)
    return False


def set_disabled(work: UnitOfWork, appointer: Appointer, id_: str, *, disabled: bool) -> None:
    """Let a person in no more, or again. His open work is dispatched to others at once (R86).

    Doing it twice changes nothing. Raises `NotFound` outside the appointer's subtree, `Forbidden`.
    """
    person = staff.lock(work.connection, id_, scope=appointer.path)
    if person is None:
        raise NotFound("staff_unknown", id=id_)
    _check(appointer, person.role, person.path)
    if person.disabled == disabled:
        return
    staff.change(work.connection, id_, disabled=disabled)
    if disabled:
        tokens.revoke_all(work.connection, id_, work.now)
        work_orders.hand_back(work.connection, id_, work.now)
    _tell(work, id_, person, disabled=disabled, version=person.version + 1)


def set_password(work: UnitOfWork, id_: str, password_hash: str) -> None:
    """Give a person another password and end his sign-ins."""
    staff.set_password(work.connection, id_, password_hash)
    tokens.revoke_all(work.connection, id_, work.now)


def contacts(connection: Connection, ids: Sequence[str]) -> dict[str, Referred]:
    """What `contact.recorded` says of these people today (DESIGN §2.8)."""
    rows = staff.by_ids(connection, ids)
    return {row.id: Referred(_contact(row.id, row, row.language)) for row in rows}


def _check(appointer: Appointer, role: str, path: str) -> None:
    if not within(path, appointer.path):
        raise Invalid(fields={"path": ["path_not_yours"]})
    if not may_appoint(appointer.role, role):
        raise Forbidden("may_not_appoint", role=role)


def _values(wanted: Appointment, language: str) -> dict[str, Any]:
    return {
        "username": wanted.username,
        "name": wanted.name,
        "role": wanted.role,
        "path": wanted.path,
        "department": wanted.department,
        "phone": wanted.phone,
        "email": wanted.email,
        "language": language,
    }


def _tell(
    work: UnitOfWork, id_: str, person: Appointment | Row[Any], *, disabled: bool, version: int
) -> None:
    data = {"staff_id": id_, "role": person.role, "path": person.path, "disabled": disabled}
    work.record("staff.changed", id_, data)
    # Routing is not told by its own event, so it notes here whom its gate refuses.
    remember_principals(work.connection, [PrincipalState(id_, disabled, version)])


def _tell_contact(work: UnitOfWork, id_: str, person: Appointment, language: str) -> None:
    work.record("contact.recorded", id_, _contact(id_, person, language))


def _contact(id_: str, person: Appointment | Row[Any], language: str) -> dict[str, Any]:
    return {
        "party_id": id_,
        "role": CONTACT_ROLE,
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "language": language,
        "path": person.path,
    }
