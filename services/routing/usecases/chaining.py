"""What keeps the chains of all cases complete: entries from before there were chains, and a seal over everything each day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import structlog

from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.chain import START, content_digest, linked, sealed, text_digest
from services.routing.storage import cases, chain, timeline_seals
from services.routing.storage.timeline import canonical, new_salt

#: Entries that are chained in one transaction.
BATCH: Final = 1000
#: Longer than a transaction lasts: what was written before a day began is there by then.
SEALED_AFTER: Final = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


def chain_old(work: UnitOfWork, limit: int = BATCH) -> int:
    """Chain entries that a version without chains wrote, oldest first; returns how many.

    They stand behind what was chained before them.
    """
    numbers = chain.unchained(work.connection, limit)
    if not numbers:
        return 0
    held = cases.lock(work.connection, numbers)
    newest = {number: (case.chained, case.chain_head or START) for number, case in held.items()}
    chained = []
    for row in chain.unchained_of(work.connection, numbers):
        position, before = newest[row.number]
        salt = None if row.text is None else new_salt()
        of_text = None if salt is None else text_digest(row.text, salt)
        content = content_digest(
            row.number, row.at, row.entry, row.by, row.work_order_id, canonical(row.details), of_text
        )
        digest = linked(before, content)
        newest[row.number] = position + 1, digest
        chained.append(
            {
                "id": row.id,
                "position": position + 1,
                "digest": digest,
                "text_salt": salt,
                "text_digest": of_text,
            }
        )
    heads = [
        {"number": number, "chained": position, "chain_head": head}
        for number, (position, head) in newest.items()
    ]
    chain.put_in(work.connection, chained, heads)
    return len(chained)


def note_day(work: UnitOfWork) -> None:
    """Note which entries there are as a day (UTC) begins."""
    today = work.now.date()
    if not timeline_seals.is_noted(work.connection, today):
        timeline_seals.note(work.connection, today, work.now)


def seal(work: UnitOfWork) -> bool:
    """Seal some of what was written before the oldest day that is not sealed; true when there is more.

    The finished seal is told in the log, so that one who can change the database cannot change it everywhere.
    """
    connection = work.connection
    found = timeline_seals.lock_oldest_open(connection, work.now - SEALED_AFTER)
    if found is None or timeline_seals.has_unchained(connection, found.until):
        return False
    reached, entries, digest = found.reached, found.entries, found.digest
    if reached == 0 and (before := timeline_seals.before(connection, found.day)) is not None:
        reached, digest = before.until, before.digest
    rows = timeline_seals.entries(connection, after=reached, until=found.until)
    for id_, of_entry in rows:
        reached, digest = id_, sealed(digest, id_, of_entry)
    values: dict[str, Any] = {"reached": reached, "entries": entries + len(rows), "digest": digest}
    if len(rows) < timeline_seals.PAGE:
        values["sealed_at"] = work.now
        told = {"day": found.day.isoformat(), "entries": values["entries"], "digest": digest.hex()}
        work.after_commit(lambda: _log.info("timeline_sealed", **told))
    timeline_seals.progress(connection, found.day, **values)
    return True
