"""What a consumer lacks is sent again, to it alone, and takes effect once (DESIGN §2.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from services.chassis.archive import archive
from services.chassis.envelope import decode
from services.chassis.events import Event
from services.chassis.ids import new_id
from services.chassis.platform_events import STREAM_MISSING, STREAM_SEALED
from services.chassis.references import References, Referred
from services.chassis.seals.checking import Checking, seal_checks
from services.chassis.seals.resending import Resending, resends
from services.chassis.seals.runs import RUN
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import make_event
from services.chassis.transport import REPLAY
from services.contracts.catalogue import CATALOGUE as EVENTS
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.seals.conftest import MARGIN, SOLD, Side, amounts, rows, sample

Sell = Callable[..., list[bytes]]
Messages = Callable[[], list[bytes]]
Answer = Callable[[Sequence[bytes]], list[bytes]]


def events(bodies: Sequence[bytes]) -> list[Event]:
    return [decode(body, CATALOGUE) for body in bodies]


def test_what_lacks_comes_back_alone_and_takes_effect_once(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given three of which one is lost
    first, second, third = sell(1, 2, 3)
    keeper.receive([first, third])
    keeper.receive(seal())

    # When
    again = answer(compare())

    # Then
    assert again == [second]
    assert amounts(keeper.database) == [1, 2, 3]
    assert sample(seller.metrics, "linli_stream_resent_total", service="shop", consumer="ledger") == 1

    # And the matter is settled
    assert compare() == []
    assert rows(keeper.database, seal_checks) == rows(seller.database, resends) == 0


def test_it_goes_through_the_exchange_and_to_the_service_that_asked(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given
    (lost,) = sell(1)
    keeper.receive(seal())

    # When
    seller.receive(compare())
    assert seller.seals.resending.step() is True

    # Then
    assert [(m.exchange, m.routing_key, m.body) for m in seller.post.sent] == [(REPLAY, "ledger", lost)]
    (reply,) = seller.recorded(STREAM_SEALED)
    assert reply.data["consumer"] == "ledger"


def test_a_false_alarm_has_no_effect(
    keeper: Side, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given an event that comes just after it was asked for
    (late,) = sell(1)
    keeper.receive(seal())
    question = compare()
    keeper.receive([late])

    # When
    assert answer(question) == [late]

    # Then
    assert amounts(keeper.database) == [1]
    assert compare() == []


def test_the_question_ends_when_the_publisher_has_forgotten_the_event(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given one that is lost, and erased before it is asked for
    sell(1)
    keeper.receive(seal())
    question = compare()
    with seller.database.begin() as work:
        work.connection.execute(delete(archive).where(archive.c.name == SOLD))

    # When
    assert answer(question) == []

    # Then
    assert compare() == []
    assert rows(keeper.database, seal_checks) == 0


def test_the_question_ends_when_the_consumer_knows_more_than_was_sealed(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given three that arrived, of which one was erased before the seal
    sold = sell(1, 2, 3)
    keeper.receive(sold)
    with seller.database.begin() as work:
        work.connection.execute(delete(archive).where(archive.c.id == events(sold)[1].id))
    keeper.receive(seal())

    # When
    assert answer(compare()) == []

    # Then nothing was counted as missing
    assert compare() == []
    assert rows(keeper.database, seal_checks) == 0
    assert sample(keeper.metrics, "linli_stream_missing_total", service="ledger", source="shop") == 0


def test_killed_before_the_commit_it_sends_the_same_again(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given a round that was sent and not committed
    (lost,) = sell(1)
    keeper.receive(seal())
    question = compare()
    keeper.receive([lost], replay=True)

    # When
    assert answer(question) == [lost]

    # Then
    assert amounts(keeper.database) == [1]
    assert compare() == []


def test_what_is_archived_by_reference_is_made_anew_unless_it_was_erased(
    keeper: Side, seller: Side, seal: Messages, compare: Messages
) -> None:
    """DESIGN §2.8: the archive keeps no personal data."""
    # Given two events that are kept without their bodies and were lost
    with seller.database.begin() as work:
        ids = [work.record(SOLD, subject, {"amount": 1}) for subject in ("alive", "erased")]
    seller.send(personal=(SOLD,))
    keeper.receive(seal())

    # When they are sent again by who knows one of them today
    seller.receive(compare())
    references = References("shop", CATALOGUE, {SOLD: lambda _, subjects: {"alive": Referred({"amount": 7})}})
    assert Resending(seller.database, seller.post, references, seller.metrics).step() is True
    keeper.receive([message.body for message in seller.post.sent], replay=True)
    keeper.receive(seller.send())

    # Then
    assert [message.id for message in seller.post.sent] == ids[:1]
    assert amounts(keeper.database) == [7]
    assert compare() == []
    assert rows(keeper.database, seal_checks) == 0


def test_what_cannot_be_sent_now_is_sent_later(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given a queue that takes nothing
    sell(1)
    keeper.receive(seal())
    seller.receive(compare())
    seller.post.takes = False

    # When
    assert seller.seals.resending.step() is False
    assert rows(seller.database, resends) == 1

    # Then
    seller.post.takes = True
    assert seller.seals.resending.step() is True
    assert rows(seller.database, resends) == 0


def test_more_than_one_round_is_sent_in_rounds(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given a run that is lost, and as many events again that were committed behind its seal
    sold = sell(*range(RUN + 10))
    kept = [event.id for event in events(sold)]
    with seller.database.begin() as work:
        work.connection.execute(delete(archive).where(archive.c.id.in_(kept[1:11])))
        late = work.connection.execute(select(archive).where(archive.c.id == kept[0])).one()._asdict()
    keeper.receive(seal())
    question = compare()
    with seller.database.begin() as work:
        for event, body in zip(events(sold)[1:11], sold[1:11], strict=True):
            row = {**late, "id": event.id, "subject": event.subject, "version": event.version}
            work.connection.execute(archive.insert().values({**row, "body": body.decode()}))

    # When
    again = answer(question)

    # Then
    assert again == sold
    assert amounts(keeper.database) == list(range(RUN + 10))
    assert compare() == []
    assert rows(keeper.database, seal_checks) == 0


def test_what_is_known_and_could_not_be_named_is_sent_again_without_effect(
    keeper: Side, clock: ManualClock, sell: Sell, seal: Messages, compare: Messages, answer: Answer
) -> None:
    # Given more events behind one seal than can be named
    sold = sell(*range(20))
    keeper.receive(sold[:-1])
    keeper.receive(seal())
    clock.advance(seconds=MARGIN.total_seconds())

    # When
    brief = Checking(keeper.database, keeper.metrics, MARGIN, most_known=5)
    assert brief.step() is True
    again = answer(keeper.send())

    # Then
    assert again == sold[5:]
    assert amounts(keeper.database) == list(range(20))
    assert compare() == []
    assert rows(keeper.database, seal_checks) == 0


def test_two_workers_do_not_both_send_again(
    keeper: Side, seller: Side, sell: Sell, seal: Messages, compare: Messages
) -> None:
    # Given one that is in the middle of it
    sell(1)
    keeper.receive(seal())
    seller.receive(compare())
    with seller.database.engine.begin() as other:
        other.execute(select(resends).with_for_update())

        # When another comes
        assert seller.seals.resending.step() is False

    # Then nothing was sent twice
    assert seller.post.sent == []


@pytest.mark.parametrize(
    ("consumer", "source", "name", "noted"),
    [
        ("notification", "intake", "contact.recorded", 1),
        ("analytics", "intake", "contact.recorded", 0),
        ("nobody", "intake", "contact.recorded", 0),
        ("notification", "routing", "contact.recorded", 0),
        ("analytics", "intake", "staff.changed", 0),
    ],
)
def test_nobody_is_sent_what_he_does_not_consume(
    seller: Side, consumer: str, source: str, name: str, noted: int
) -> None:
    """DESIGN §2.8: whoever asks for it, contact data goes to the one service that may read it."""
    # Given
    intake = replace(seller.database, service="intake", catalogue=EVENTS)
    resending = Resending(intake, seller.post, References("intake", EVENTS), seller.metrics)
    asked = {"source": source, "type": name, "after": new_id(), "until": new_id(), "known": []}

    # When
    with intake.begin() as work:
        resending.on_missing([make_event(STREAM_MISSING, source, asked, source=consumer)], work)

    # Then
    assert rows(intake, resends) == noted
