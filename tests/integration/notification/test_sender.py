"""Sending: every message once, whatever senders, providers and processes do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.chassis.database import Database
from services.chassis.errors import Unavailable
from services.chassis.testing.clock import ManualClock
from services.notification.metrics import SenderMetrics
from services.notification.providers import Message, Refused
from services.notification.providers.recording import RecordingProvider
from services.notification.sender import LEASE, Sender
from services.notification.storage.tables import deliveries
from services.notification.timed_calls import TimedCalls
from tests.integration.notification.conftest import Rows, Tell
from tests.integration.notification.stories import contact, erased, estate, registered

MakeSender = Callable[..., Sender]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def sender(database: Database) -> MakeSender:
    """A function that makes a sender for a provider."""

    def make(provider: Any, *, max_attempts: int = 4, seconds: float = 5) -> Sender:
        calls = TimedCalls(seconds, most_hanging=3)
        metrics = SenderMetrics(CollectorRegistry())
        return Sender(database, provider, calls, metrics, database.clock, max_attempts=max_attempts)

    return make


@pytest.fixture
def waiting(tell: Tell) -> Callable[[int], None]:
    """A function that makes messages wait."""

    def make(count: int) -> None:
        tell(estate(), contact(), *(registered(f"TS-{number:03}") for number in range(count)))

    return make


def test_what_waits_is_sent_to_the_address_known_now(
    waiting: Callable[[int], None], tell: Tell, sender: MakeSender, rows: Rows
) -> None:
    waiting(1)
    tell(contact(version=2, phone="+8613900000000"))
    provider = RecordingProvider()

    assert sender(provider).step()

    assert [message.recipient for message in provider.messages] == ["+8613900000000"]
    [row] = rows(deliveries)
    assert (row["status"], row["attempts"]) == ("sent", 1)
    assert row["reference"].startswith("recorded:linli-")
    assert not sender(provider).step()


def test_two_senders_at_once_send_every_message_once(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows
) -> None:
    waiting(60)
    provider = RecordingProvider()
    start = threading.Barrier(2)

    def run(one: Sender) -> None:
        start.wait()
        while one.step():
            pass

    threads = [threading.Thread(target=run, args=(sender(provider),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(provider.calls) == len(provider.messages) == 60
    assert {row["status"] for row in rows(deliveries)} == {"sent"}


def test_a_crash_between_call_and_mark_leads_to_one_more_call_with_the_same_key(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows, clock: ManualClock
) -> None:
    waiting(1)
    taken = RecordingProvider()

    class DyingProvider:
        def send(self, message: Message) -> None:
            taken.send(message)
            raise Killed

    with pytest.raises(Killed):
        sender(DyingProvider()).step()
    assert [row["status"] for row in rows(deliveries)] == ["sending"]
    assert not sender(taken).step(), "the lease still holds"
    clock.advance(seconds=LEASE.total_seconds())

    assert sender(taken).step()
    assert not sender(taken).step()

    assert len(taken.calls) == 2
    assert len(taken.messages) == 1
    assert [row["status"] for row in rows(deliveries)] == ["sent"]


def test_a_provider_that_is_away_is_tried_again_with_growing_pauses_and_the_same_key(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows, clock: ManualClock
) -> None:
    waiting(1)
    provider = RecordingProvider(before=refuse_with(Unavailable()))
    one = sender(provider, max_attempts=3)

    pauses = []
    for _ in range(2):
        one.step()
        pauses.append((rows(deliveries)[0]["next_at"] - clock.now()).total_seconds())
        assert not one.step()
        clock.advance(seconds=pauses[-1])
    provider.before = lambda message: None
    one.step()

    assert pauses == [5, 15]
    assert len({message.key for message in provider.calls}) == 1
    assert [(row["status"], row["attempts"]) for row in rows(deliveries)] == [("sent", 3)]


@pytest.mark.parametrize("fault", [Unavailable(), ValueError("a bug of the provider's library")])
def test_after_the_last_attempt_a_message_has_failed(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows, clock: ManualClock, fault: Exception
) -> None:
    waiting(1)
    provider = RecordingProvider(before=refuse_with(fault))

    for _ in range(6):
        sender(provider, max_attempts=3).step()
        clock.advance(hours=1)

    assert len(provider.calls) == 3
    assert [(row["status"], row["failure"]) for row in rows(deliveries)] == [("failed", "attempts_used")]


def test_a_message_that_ends_the_process_each_time_is_given_up(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows, clock: ManualClock
) -> None:
    waiting(1)
    provider = RecordingProvider(before=refuse_with(Killed()))

    for _ in range(3):
        with pytest.raises(Killed):
            sender(provider, max_attempts=3).step()
        clock.advance(seconds=LEASE.total_seconds())
    sender(provider, max_attempts=3).step()

    assert len(provider.calls) == 3
    assert [row["failure"] for row in rows(deliveries)] == ["attempts_used"]


def test_a_refused_message_is_not_tried_again(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows, clock: ManualClock
) -> None:
    waiting(1)
    provider = RecordingProvider(before=refuse_with(Refused("number_barred")))

    sender(provider).step()
    clock.advance(hours=2)

    assert not sender(provider).step()
    assert [(row["status"], row["failure"]) for row in rows(deliveries)] == [("failed", "refused")]


def test_a_call_that_hangs_holds_up_no_other_message(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows
) -> None:
    waiting(3)
    release = threading.Event()
    hung: list[Message] = []

    def hang_once(message: Message) -> None:
        if not hung:
            hung.append(message)
            release.wait()

    provider = RecordingProvider(before=hang_once)

    sender(provider, seconds=0.05).step()
    release.set()

    assert sorted(row["status"] for row in rows(deliveries)) == ["sent", "sent", "waiting"]


def test_a_slow_provider_leaves_the_rest_of_a_batch_to_others(
    waiting: Callable[[int], None], sender: MakeSender, rows: Rows, clock: ManualClock
) -> None:
    waiting(4)
    provider = RecordingProvider(before=lambda message: clock.advance(seconds=3))

    sender(provider).step()

    assert sorted((row["status"], row["attempts"]) for row in rows(deliveries)) == [
        ("sent", 1),
        ("sent", 1),
        ("waiting", 0),
        ("waiting", 0),
    ]


def test_nothing_is_sent_to_a_person_erased_while_the_message_waited(
    waiting: Callable[[int], None], tell: Tell, sender: MakeSender
) -> None:
    waiting(1)
    tell(erased())
    provider = RecordingProvider()

    assert not sender(provider).step()
    assert provider.calls == []


def test_no_transaction_is_open_while_the_provider_is_called(
    waiting: Callable[[int], None], sender: MakeSender, database: Database
) -> None:
    waiting(1)
    out: list[int] = []

    sender(RecordingProvider(before=lambda message: out.append(database.engine.pool.checkedout()))).step()

    assert out == [0]


def refuse_with(error: BaseException) -> Callable[[Message], None]:
    def refuse(_: Message) -> None:
        raise error

    return refuse
