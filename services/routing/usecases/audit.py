"""Whether what is told of all cases is what was written (see domain/chain.py); nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection

from services.chassis.errors import NotFound
from services.routing.domain.chain import START, Found, faults, sealed
from services.routing.storage import chain, timeline_seals
from services.routing.storage.chain import Chain

#: A short read-only transaction: looking at everything must not keep the database from forgetting what is past.
Read = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class Totals:
    """What was looked at. `unchained` entries are from before there were chains, and wait for the worker."""

    cases: int = 0
    entries: int = 0
    erased: int = 0
    unchained: int = 0
    seals: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BrokenSeal:
    """The entries of all cases up to the beginning of a day are not those that were sealed."""

    day: date
    expected_entries: int
    found_entries: int
    expected: str
    found: str


def broken_chains(read: Read, totals: Totals, since: date | None = None) -> Iterator[tuple[str, Found]]:
    """What is wrong with the chains of all cases, or of those received `since` a day (UTC), by number."""
    start = None if since is None else datetime.combine(since, time(), UTC)
    after = ""
    while True:
        with read() as connection:
            found = chain.page(connection, after=after, since=start)
        if not found:
            break
        for each in found:
            yield from _faults(each, totals)
        after = found[-1].number
    with read() as connection:
        totals.unchained = chain.count_unchained(connection)


def broken_chain(read: Read, totals: Totals, number: str) -> Iterator[tuple[str, Found]]:
    """What is wrong with the chain of one case. Raises `NotFound`."""
    with read() as connection:
        found = chain.of_case(connection, number)
    if found is None:
        raise NotFound("complaint_unknown", number=number)
    yield from _faults(found, totals)


def broken_seals(read: Read, totals: Totals, since: date | None = None) -> Iterator[BrokenSeal]:
    """The days whose seal no longer fits the entries, of all or of those from `since` on.

    Each is compared from the one before it, so that a fault is told of the day it is in.
    """
    with read() as connection:
        seals = timeline_seals.finished(connection, since)
        before = timeline_seals.before(connection, seals[0].day) if seals else None
    reached, digest = (before.until, before.digest) if before is not None else (0, START)
    for seal in seals:
        entries, digest = _recounted(read, reached, seal.until, digest)
        if (entries, digest) != (seal.entries, seal.digest):
            yield BrokenSeal(seal.day, seal.entries, entries, seal.digest.hex(), digest.hex())
        totals.seals.append(seal.digest.hex())
        reached, digest = seal.until, seal.digest


def _recounted(read: Read, reached: int, until: int, digest: bytes) -> tuple[int, bytes]:
    entries = 0
    while True:
        with read() as connection:
            rows = timeline_seals.entries(connection, after=reached, until=until)
        for id_, of_entry in rows:
            reached, digest = id_, sealed(digest, id_, of_entry)
        entries += len(rows)
        if len(rows) < timeline_seals.PAGE:
            return entries, digest


def _faults(found: Chain, totals: Totals) -> Iterator[tuple[str, Found]]:
    totals.cases += 1
    totals.entries += len(found.entries)
    totals.erased += sum(entry.erased for entry in found.entries)
    for fault in faults(found.entries, found.chained, found.head):
        yield found.number, fault
