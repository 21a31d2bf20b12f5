"""A consumer compares a seal with what it knows, and asks for what it does not (DESIGN §2.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from services.chassis import dead_letters, generations, inbox, replay
from services.chassis.dead_letters import DeadLetter
from services.chassis.envelope import decode
from services.chassis.errors import NotFound
from services.chassis.events import Event
from services.chassis.ids import new_id
from services.chassis.platform_events import STREAM_MISSING, STREAM_SEALED
from services.chassis.seals.checking import ASK_AGAIN, handled_ids, seal_checks
from services.chassis.seals.runs import digest
from services.chassis.sql import insert_rows
from services.chassis.testing.clock import ManualClock
from tests.integration.chassis.conftest import CATALOGUE, Ledger
from tests.integration.chassis.seals.conftest import SOLD, Side, rows, sample

Sell = Callable[..., list[bytes]]
Messages = Callable[[], list[bytes]]


def asked(messages: Sequence[bytes]) -> list[Event]:
    return [event for body in messages if (event := decode(body, CATALOGUE)).name == STREAM_MISSING]


def missing(keeper: Side) -> float | None:
    return sample(keeper.metrics, "linli_stream_missing_total", service="ledger", source="shop")


def test_what_is_complete_is_asked_for_by_nobody(
    keeper: Side, sell: Sell, seal: Messages, compare: Messages
) -> None:
    keeper.receive(sell(1, 2, 3))
    keeper.receive(seal())

    assert asked(compare()) == []

    assert rows(keeper.database, seal_checks) == 0
    assert missing(keeper) == 0


def test_what_lacks_is_asked_for_with_what_is_known_and_counted(
    keeper: Side, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given three of which one is lost
    first, _, third = sell(1, 2, 3)
    keeper.receive([first, third])
    keeper.receive(seal())

    # When
    (question,) = asked(compare())

    # Then
    assert question.source == "ledger"
    assert question.data["source"] == "shop"
    assert question.data["type"] == SOLD
    assert question.data["known"] == [decode(body, CATALOGUE).id for body in (first, third)]
    assert missing(keeper) == 1


def test_what_comes_late_beside_the_seal_is_waited_for(
    keeper: Side, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given a seal that overtook an event
    first, second = sell(1, 2)
    keeper.receive([first])
    keeper.receive(seal())
    assert keeper.seals.checking.step() is False

    # When that comes
    keeper.receive([second])

    # Then
    assert asked(compare()) == []


def test_what_waits_for_its_next_attempt_is_known(
    keeper: Side, ledger: Ledger, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given a message in the retry table
    ledger.fail = lambda event: NotFound("later") if event.data["amount"] == 2 else None
    keeper.receive(sell(1, 2))

    # When
    keeper.receive(seal())

    # Then
    assert asked(compare()) == []
    assert rows(keeper.database, seal_checks) == 0


def test_a_dead_letter_is_known(keeper: Side, sell: Sell, seal: Messages, compare: Messages) -> None:
    # Given a message that was given up
    first, second = sell(1, 2)
    event = decode(second, CATALOGUE)
    keeper.receive([first])
    with keeper.database.begin() as work:
        letter = DeadLetter("bug", "", second, 5, event.id, event.name, event.subject)
        dead_letters.bury(work.connection, "ledger", letter, work.now)

    # When
    keeper.receive(seal())

    # Then
    assert asked(compare()) == []


def test_a_question_without_an_answer_is_asked_again_and_counted_once(
    keeper: Side, clock: ManualClock, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given
    sell(1)
    keeper.receive(seal())
    assert len(asked(compare())) == 1
    assert asked(compare()) == []
    assert sample(keeper.metrics, "linli_stream_unanswered", service="ledger") == 1

    # When
    clock.advance(seconds=ASK_AGAIN.total_seconds())

    # Then
    assert len(asked(compare())) == 1
    assert missing(keeper) == 1


def test_seals_of_what_is_not_consumed_or_meant_for_another_are_left_aside(
    keeper: Side, seller: Side, sell: Sell, seal: Messages
) -> None:
    # Given a seal that answers somebody else, and one of a type that the shop does not publish
    sell(1)
    good = decode(seal()[0], CATALOGUE).data
    with seller.database.begin() as work:
        for change in ({"consumer": "another"}, {"type": "moon.risen"}, {"type": "replay.requested"}):
            work.record("stream.sealed", SOLD, {**good, **change})

    # When
    keeper.receive(seller.send())

    # Then
    assert rows(keeper.database, seal_checks) == 0


def test_what_it_said_itself_is_left_aside(
    keeper: Side, seller: Side, clock: ManualClock, sell: Sell, seal: Messages
) -> None:
    # Given the shop's own seal in its own queue
    sell(1)

    # When
    seller.receive(seal())

    # Then
    assert rows(seller.database, seal_checks) == 0


def test_a_rebuild_is_not_disturbed(keeper: Side, sell: Sell, seal: Messages, compare: Messages) -> None:
    # Given a gap and a rebuild under way
    sell(1)
    keeper.receive(seal())
    with keeper.database.begin() as work:
        replay.request(work, "ledger")

    # Then nothing is asked for, as what is sent again would count as a part of it
    assert asked(compare()) == []
    assert rows(keeper.database, seal_checks) == 1

    # When the new generation is read, and the event is not in it either
    with keeper.database.begin() as work:
        generations.swap(work.connection, "ledger")

    # Then
    assert len(asked(compare())) == 1


def test_a_new_generation_knows_what_passed_between_the_programs(
    keeper: Side, seller: Side, clock: ManualClock, compare: Messages
) -> None:
    # Given an announcement that was handled before a rebuild
    with seller.database.begin() as work:
        work.record(replay.FINISHED, "ledger", {"consumer": "ledger", "generation": 1, "sent": 0})
    keeper.receive(seller.send())
    with keeper.database.begin() as work:
        replay.request(work, "ledger")
        generations.swap(work.connection, "ledger")

    # When it is sealed after that
    clock.advance(hours=1, minutes=1)
    seller.seals.sealing.step()
    keeper.receive(seller.send())

    # Then it does not lack
    assert asked(compare()) == []


def test_what_is_sent_again_between_the_programs_is_no_part_of_a_rebuild(
    keeper: Side, seller: Side, sell: Sell
) -> None:
    # Given a rebuild that waits for two events, of which one has come
    sold = sell(1, 2)
    with keeper.database.begin() as work:
        generation = replay.request(work, "ledger")
    keeper.receive(sold[:1], replay=True)

    # When the publisher's announcement was lost and is sent again
    with seller.database.begin() as work:
        data = {"consumer": "ledger", "generation": generation, "sent": 2}
        work.record(replay.FINISHED, "ledger", data)
    keeper.receive(seller.send(), replay=True)

    # Then one event is still to come
    with keeper.database.read() as connection:
        assert replay.missing(connection, CATALOGUE, "ledger", generation) == {"shop": 1}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(5)), st.sets(st.integers(0, 4), max_size=2))
def test_both_sides_agree_in_any_order_unless_one_lacks(
    keeper: Side, seller: Side, sell: Sell, compare: Messages, order: list[int], lost: set[int]
) -> None:
    # Given
    after, sold = new_id(), sell(*range(5))
    ids = [decode(body, CATALOGUE).id for body in sold]

    # When they come in any order, one by one, some of them never
    for n in order:
        if n not in lost:
            keeper.receive([sold[n]])
    seal = {"type": SOLD, "after": after, "until": ids[-1], "count": len(ids), "digest": digest(ids)}
    with seller.database.begin() as work:
        work.record(STREAM_SEALED, SOLD, seal)
    keeper.receive(seller.send())

    # Then
    assert len(asked(compare())) == bool(lost)


def test_a_range_is_found_by_the_primary_key_of_the_inbox(keeper: Side) -> None:
    # Given a busy hour, and a seal of a part of it
    ids = [new_id() for _ in range(20_000)]
    event = {"consumer": "ledger", "generation": 1, "source": "shop", "name": SOLD, "replayed": False}
    with keeper.database.begin() as work:
        times = {"time": work.now, "handled_at": work.now}
        insert_rows(work.connection, inbox.inbox, [{**event, **times, "event_id": id_} for id_ in ids])
        work.connection.execute(text("ANALYZE inbox"))
    part = SimpleNamespace(source="shop", name=SOLD, after=ids[10_000], until=ids[10_200])

    # When
    query = handled_ids("ledger", 1, part).compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    with keeper.database.read() as connection:
        plan = "\n".join(connection.scalars(text(f"EXPLAIN {query}")))
        found = connection.scalars(text(str(query))).all()

    # Then
    assert "inbox_pkey" in plan
    assert "Seq Scan" not in plan
    assert [str(id_) for id_ in found] == ids[10_001:10_201]
