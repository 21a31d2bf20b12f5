"""Sent events leave the outbox for the archive, and are read in both places as one (DESIGN §2.12, §2.13)."""

from __future__ import annotations

import threading

from sqlalchemy import func, select

from services.chassis import archive, outbox
from services.chassis.archive import Archived
from services.chassis.database import Database
from services.chassis.envelope import decode
from services.chassis.references import References, Referred
from services.chassis.testing import eventually
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.locks import waits_for_a_lock

SOLD, CLOSED = "shop.sold", "shop.closed"


def sell(shop: Database, count: int, name: str = SOLD) -> list[str]:
    with shop.begin() as work:
        return [work.record(name, f"till-{n % 3}", {"amount": n}) for n in range(count)]


def send(shop: Database, ids: list[str], personal: tuple[str, ...] = ()) -> None:
    with shop.begin() as work:
        archive.keep(work.connection, ids, personal, work.now)


def read(shop: Database, *names: str, **limits: object) -> list[Archived]:
    with shop.read() as connection:
        return archive.read(connection, names or (SOLD,), **limits)  # type: ignore[arg-type]


def test_what_was_sent_is_in_the_archive_and_no_longer_in_the_outbox(shop: Database) -> None:
    # Given
    ids = sell(shop, 5)
    before = read(shop)

    # When
    send(shop, ids[:3])

    # Then
    with shop.read() as connection:
        assert outbox.pending(connection)[0] == 2
        assert connection.scalar(select(func.count()).select_from(archive.archive)) == 3
    assert read(shop) == before
    assert [event.id for event in before] == ids


def test_it_is_read_by_names_and_ranges_of_ids(shop: Database) -> None:
    # Given
    ids = sell(shop, 6)
    other = sell(shop, 1, CLOSED)
    send(shop, [*ids[:3], *other])

    # Then
    assert [e.id for e in read(shop, after=ids[0], limit=3)] == ids[1:4]
    assert [e.id for e in read(shop, after=ids[0], until=ids[4])] == ids[1:5]
    assert [e.id for e in read(shop, CLOSED)] == other
    assert [e.id for e in read(shop, SOLD, CLOSED)] == [*ids, *other]


def test_an_event_that_moves_is_seen_exactly_once(shop: Database) -> None:
    # Given a reader that looks again and again while everything moves, one by one
    ids = sell(shop, 60)
    seen: list[list[str]] = []
    moved = threading.Event()

    def look() -> None:
        while not moved.is_set():
            with shop.engine.begin() as connection:
                seen.append([event.id for event in archive.read(connection, (SOLD,))])

    reader = threading.Thread(target=look)
    reader.start()

    # When
    try:
        for id_ in ids:
            send(shop, [id_])
        eventually(lambda: len(seen) > 1)
    finally:
        moved.set()
        reader.join()

    # Then
    assert all(look == ids for look in seen)


def test_personal_data_are_archived_by_reference_and_made_anew(shop: Database) -> None:
    # Given sales that are personal, of two tills of which one was erased meanwhile
    ids = sell(shop, 3)
    send(shop, ids, personal=(SOLD,))
    sent = read(shop)
    assert {event.body for event in sent} == {None}
    asked: list[list[str]] = []

    def reference(_connection: object, subjects: list[str]) -> dict[str, Referred]:
        asked.append(subjects)
        return {s: Referred({"amount": 7}, "cuihu") for s in subjects if s != "till-1"}

    # When
    with shop.read() as connection:
        bodies = References("shop", CATALOGUE, {SOLD: reference}).bodies(connection, sent)

    # Then what is left comes with the same id, subject, version and time
    assert asked == [["till-0", "till-1", "till-2"]]
    assert list(bodies) == [ids[0], ids[2]]
    again = decode(bodies[ids[2]], CATALOGUE)
    assert (again.id, again.subject, again.version, again.time) == (
        sent[2].id,
        "till-2",
        sent[2].version,
        sent[2].recorded_at,
    )
    assert (again.source, again.estate, again.data) == ("shop", "cuihu", {"amount": 7})


def test_an_erasure_reaches_both_and_what_moves_meanwhile(shop: Database) -> None:
    # Given events of two subjects, one of each under way
    first = sell(shop, 3)
    second = sell(shop, 3)
    send(shop, first, personal=(SOLD,))
    erased = threading.Event()

    def erase() -> None:
        with shop.begin() as work:
            archive.forget(work.connection, SOLD, "till-0")
        erased.set()

    # When the subject is erased while the relay still holds its event
    with shop.begin() as relay:
        archive.keep(relay.connection, second, (SOLD,), relay.now)
        eraser = threading.Thread(target=erase)
        eraser.start()
        eventually(lambda: waits_for_a_lock(shop))
    eraser.join()

    # Then
    assert erased.is_set()
    assert {event.subject for event in read(shop)} == {"till-1", "till-2"}
    assert len(read(shop)) == 4
