"""Files are attached to complaints: evidence by whoever complains, photos of the place by staff (R21, R110, R114)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import Purpose
from services.intake.domain.attachments import MOST
from services.intake.storage import attachments, complaints, progress
from services.intake.storage.progress import TimelineRow
from services.intake.usecases.follow_up import claimed
from services.intake.usecases.register import REGISTRARS

#: What complainants attach themselves.
_PUBLIC: Final = frozenset({Purpose.EVIDENCE})


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is kept; `digest` is of what was sent."""

    digest: bytes
    purpose: Purpose
    name: str
    media_type: str
    content: bytes


def attach(work: UnitOfWork, number: str, file: File, *, caller: Principal | None, code: str) -> Any:
    """Keep a file of a complaint, each content once; returns its row. `code` is the claim code of who has no token.

    Raises `NotFound`, `Forbidden`, `Invalid` for a purpose that is for staff, `Conflict` for one file too many.
    """
    if caller is None and file.purpose not in _PUBLIC:
        raise Invalid(fields={"purpose": ["attachment_purpose_for_staff"]})
    estate = admitted(work, number, caller=caller, code=code)
    connection = work.connection
    known = attachments.same(connection, number, file.digest)
    if known is not None:
        return known
    if attachments.count(connection, number) >= MOST:
        raise Conflict("attachments_too_many", most=MOST)
    id_, by = new_id(), caller.id if caller else None
    attachments.add(
        connection,
        id=id_,
        number=number,
        digest=file.digest,
        purpose=file.purpose.value,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        by=by,
        at=work.now,
        content=file.content,
    )
    data = {"number": number, "attachment": id_, "purpose": file.purpose.value, "by": by, "at": work.now}
    event_id = work.record("complaint.attached", number, data, estate=estate)
    row = TimelineRow(event_id=event_id, number=number, what="attached", note=None, at=work.now)
    progress.add_to_timeline(connection, [row])
    return attachments.find(connection, id_)


def listed(work: UnitOfWork, number: str, *, caller: Principal | None, code: str) -> list[Any]:
    """The files of a complaint, for who has its claim code and for staff in their subtree. Raises as `attach`."""
    admitted(work, number, caller=caller, code=code)
    return attachments.of_complaint(work.connection, number)


def found(connection: Connection, id_: str) -> Any:
    """A file. Raises `NotFound`."""
    file = attachments.find(connection, id_)
    if file is None:
        raise NotFound("attachment_unknown")
    return file


def admitted(work: UnitOfWork, number: str, *, caller: Principal | None, code: str) -> str:
    """The estate of a complaint whose files this caller may see, the complaint locked."""
    if caller is None:
        return claimed(work, number, code).estate
    if caller.role not in REGISTRARS:
        raise Forbidden("role_not_allowed")
    estate = complaints.lock_in_scope(work.connection, number, caller.path)
    if estate is None:
        raise NotFound("complaint_unknown")
    return estate
