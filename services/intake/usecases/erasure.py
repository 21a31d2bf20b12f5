"""A person is forgotten, archives included (DESIGN §2.8)."""

from __future__ import annotations

from services.chassis import archive
from services.chassis.errors import NotFound
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.intake.storage import attachments, complaints, people


def erase(work: UnitOfWork, scope: str, party_id: str) -> None:
    """Delete what identifies a person of the subtree of `scope`, the files of his complaints too, and mask what he wrote.

    Complaints stay, without him. A second time does nothing. Raises `NotFound`.
    """
    found = people.lock_party(work.connection, scope, party_id)
    if found is None:
        raise NotFound("contact_unknown")
    estate, erased_at = found
    if erased_at is not None:
        return
    people.erase_party(work.connection, party_id, work.now)
    attachments.delete_of_party(work.connection, party_id)
    complaints.mask_originals(work.connection, party_id, mask)
    archive.forget(work.connection, "contact.recorded", party_id)
    work.record("contact.erased", party_id, {"party_id": party_id}, estate=estate)
