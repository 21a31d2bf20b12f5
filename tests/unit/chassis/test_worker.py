"""How deliveries are cut into work, and which of them are acknowledged when (DESIGN §2.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine

from services.chassis.database import Database
from services.chassis.effects import DatabaseAbsent, Incoming
from services.chassis.envelope import BadMessage
from services.chassis.handling import Handling, Unreadable
from services.chassis.loops import Deadline, Stage, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import make_event
from services.chassis.transport import Delivery
from services.chassis.worker import DeadQueueWorker, Worker


@dataclass
class RecordedConsumer:
    """Hands out lots one after the other and notes what was acknowledged."""

    lots: list[list[Delivery]]
    acknowledged: list[bytes] = field(default_factory=list)
    cancelled: bool = False

    def receive(self, limit: int, wait: float, gather: float = 0.0) -> list[Delivery]:
        return self.lots.pop(0) if self.lots else []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self.acknowledged += [delivery.body for delivery in deliveries]

    def cancel(self) -> None:
        self.cancelled = True

    def starved(self) -> bool:
        return False

    def consumers(self) -> int | None:
        return 1

    def close(self) -> None:
        """Nothing is open."""


class RecordedHandling(Handling):
    """Notes what it is asked to do; `x` cannot be read, what is in `refused` fails in company, in `absent` has no database."""

    def __init__(self) -> None:
        clock = ManualClock()
        database = Database("ledger", create_engine("postgresql+psycopg://"), _NoEvents(), clock)
        metrics = PlatformMetrics(CollectorRegistry())
        super().__init__("ledger", database, {}, metrics, Deadline(clock, 10.0))
        object.__setattr__(self, "done", [])
        object.__setattr__(self, "refused", set())
        object.__setattr__(self, "absent", set())

    done: list[tuple[str, bytes]]
    refused: set[bytes]
    absent: set[bytes]

    def read(self, body: bytes, replay: bool) -> Incoming:
        if body.startswith(b"x"):
            raise BadMessage("not_json", "x")
        return Incoming(make_event("shop.sold", "till", {}, source="shop"), body, replay)

    def together(self, messages: Sequence[Incoming]) -> bool:
        bodies = [message.body for message in messages]
        self._note("together", b"".join(bodies))
        return not self.refused & set(bodies)

    def singly(self, message: Incoming) -> None:
        self._note("singly", message.body)

    def alone(self, message: Incoming) -> None:
        self._note("alone", message.body)

    def bury(self, messages: Sequence[Unreadable]) -> None:
        self._note("bury", b"".join(message.body for message in messages))

    def _note(self, what: str, body: bytes) -> None:
        if body in self.absent:
            raise DatabaseAbsent
        self.done.append((what, body))


class _NoEvents:
    """A catalogue that nobody asks."""

    def current_version(self, name: str) -> int:
        raise LookupError

    def dump(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        raise LookupError

    def load(self, name: str, version: int, data: Mapping[str, Any]) -> dict[str, Any]:
        raise LookupError

    def published_by(self, service: str) -> frozenset[str]:
        return frozenset()

    def consumed_by(self, service: str) -> frozenset[str]:
        return frozenset()

    def personal(self) -> frozenset[str]:
        return frozenset()

    def of_estate(self) -> frozenset[str]:
        return frozenset()

    def services(self) -> tuple[str, ...]:
        return ()


def lot(text: str) -> list[Delivery]:
    """One delivery for each letter; a capital was delivered before."""
    return [
        Delivery(letter.lower().encode(), redelivered=letter.isupper(), replay=False, receipt=n)
        for n, letter in enumerate(text)
    ]


@pytest.fixture
def path() -> RecordedHandling:
    return RecordedHandling()


class _NoWait(Stop):
    """Does not wait for the database to come back."""

    def wait(self, seconds: float, stage: Stage = Stage.WORK) -> bool:
        return self.reached(stage)


def turn(worker: Worker | DeadQueueWorker, times: int = 20) -> None:
    for _ in range(times):
        worker.step()


@pytest.mark.parametrize(
    ("letters", "work"),
    [
        ("abc", [("together", b"abc")]),
        ("a", [("singly", b"a")]),
        ("Abc", [("alone", b"a"), ("together", b"bc")]),
        ("abCDef", [("together", b"ab"), ("alone", b"c"), ("alone", b"d"), ("together", b"ef")]),
        ("abxcd", [("together", b"abcd"), ("bury", b"x")]),
        ("axXx", [("singly", b"a"), ("bury", b"xxx")]),
        ("xAx", [("bury", b"x"), ("alone", b"a"), ("bury", b"x")]),
        ("X", [("bury", b"x")]),
    ],
)
def test_runs_of_fresh_messages_go_together_and_the_others_alone(
    path: RecordedHandling, letters: str, work: list[tuple[str, bytes]]
) -> None:
    # Given
    consumer = RecordedConsumer([lot(letters)])

    # When
    turn(Worker(consumer, path, _NoWait(), batch_size=100))

    # Then
    assert path.done == work
    assert b"".join(consumer.acknowledged) == letters.lower().encode()


def test_bad_ones_among_those_that_fail_together_are_acknowledged_in_their_turn(
    path: RecordedHandling,
) -> None:
    # Given
    path.refused.add(b"b")
    consumer = RecordedConsumer([lot("xaxxb"), lot("cd")])

    # When
    turn(Worker(consumer, path, _NoWait(), batch_size=100))

    # Then
    assert path.done == [
        ("together", b"ab"),
        ("singly", b"a"),
        ("bury", b"x"),
        ("singly", b"b"),
        ("bury", b"xx"),
        ("together", b"cd"),
    ]
    assert b"".join(consumer.acknowledged) == b"xaxxbcd"


def test_while_the_database_is_absent_no_bad_one_is_acknowledged_for_the_good_ones_beside_it(
    path: RecordedHandling,
) -> None:
    # Given
    path.absent.add(b"x")
    consumer = RecordedConsumer([lot("axb")])
    worker = Worker(consumer, path, _NoWait(), batch_size=100)

    # When
    turn(worker, 2)

    # Then
    assert consumer.acknowledged == []

    # When it is back
    path.absent.clear()
    turn(worker)

    # Then
    assert path.done[-1] == ("bury", b"x")
    assert b"".join(consumer.acknowledged) == b"axb"


def test_what_fails_together_is_handled_singly_one_at_a_turn(path: RecordedHandling) -> None:
    # Given
    path.refused.add(b"b")
    consumer = RecordedConsumer([lot("abc"), lot("de")])
    worker = Worker(consumer, path, _NoWait(), batch_size=100)

    # When
    turn(worker, 2)

    # Then
    assert consumer.acknowledged == [b"a"]
    turn(worker)
    assert path.done == [
        ("together", b"abc"),
        ("singly", b"a"),
        ("singly", b"b"),
        ("singly", b"c"),
        ("together", b"de"),
    ]


@pytest.mark.parametrize("letters", ["Ab", "xb", "bc"])
@pytest.mark.parametrize("make", [Worker, DeadQueueWorker], ids=["events", "dead"])
def test_while_the_database_is_absent_nothing_is_acknowledged_and_nothing_received(
    path: RecordedHandling, letters: str, make: Callable[..., Any]
) -> None:
    # Given
    consumer = RecordedConsumer([lot(letters), lot("d")])
    size = {"batch_size": 100} if make is Worker else {}
    worker = make(consumer, path, _NoWait(), **size)
    path.absent |= {letters[0].lower().encode(), letters.lower().encode()}

    # When
    turn(worker, 5)

    # Then the later lot is not received: its acknowledgement would take the earlier along
    assert consumer.acknowledged == []
    assert len(consumer.lots) == 1

    # When it is back
    path.absent.clear()
    turn(worker)

    # Then
    assert b"".join(consumer.acknowledged) == letters.lower().encode() + b"d"


def test_an_unforeseen_error_keeps_its_message_first_in_line(path: RecordedHandling) -> None:
    # Given
    def explode(message: Incoming) -> None:
        raise RuntimeError

    object.__setattr__(path, "alone", explode)
    consumer = RecordedConsumer([lot("Ab"), lot("c")])
    worker = Worker(consumer, path, _NoWait(), batch_size=100)

    # When
    for _ in range(3):
        with pytest.raises(RuntimeError):
            worker.step()

    # Then
    assert consumer.acknowledged == []
    assert len(consumer.lots) == 1
