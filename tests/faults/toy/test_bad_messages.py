"""F14: bad messages among good ones stop nothing and are kept, each with its bytes and a reason."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from statistics import median

from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.dead_letters import dead_letters
from services.chassis.envelope import CONTENT_TYPE, encode
from services.chassis.inbox import inbox
from services.chassis.testing import eventually
from services.chassis.testing.services import make_event
from services.chassis.transport import EVENTS, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.figures import report
from tests.faults.journal import Attempt
from tests.faults.ledger import balance
from tests.faults.sizes import size
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.consumer import amounts
from tests.integration.chassis.toy_processes import toys

#: One message of so many is bad.
RATIO = 11
#: Lots of each kind, one after the other: what slows the machine down for a while meets both kinds.
ROUNDS = 5
#: Messages of a lot that can be timed, as a worker takes them in batches of 100.
FEWEST = 500
#: What throughput may come down to.
SLOWEST = 0.8
#: Seconds a sale takes, about what a handler of a service needs.
_EACH = "0.001"
_PATIENCE = 600.0

Body = Callable[[int, bytes], bytes]

#: Ways to be bad: the content type, the body made of a number and a good one, and the reason it is given up for.
BAD: Mapping[str, tuple[str, Body, str]] = {
    "broken": (CONTENT_TYPE, lambda n, good: good[:-3], "not_json"),
    "a key twice": (CONTENT_TYPE, lambda n, good: good[:-1] + b',"id":"%d"}' % n, "not_json"),
    "not a number": (CONTENT_TYPE, lambda n, good: good.replace(b'"amount":1', b'"amount":NaN'), "not_json"),
    "deep": (CONTENT_TYPE, lambda n, good: b'{"n":%d,"x":' % n + b"[" * 10_000 + b"]" * 10_000 + b"}", ""),
    "charset": (CONTENT_TYPE, lambda n, good: good.replace(b"till", "收银台".encode("gbk")), "not_json"),
    "pickle": ("application/x-python-serialize", lambda n, good: pickle.dumps({"n": n}), "not_json"),
    "yaml": ("application/x-yaml", lambda n, good: b"!!python/name:os.system # %d" % n, "not_json"),
    "version": (CONTENT_TYPE, lambda n, good: good.replace(b".sold.v1", b".sold.v9"), "unknown_type"),
    "of nobody": (
        CONTENT_TYPE,
        lambda n, good: good.replace(b'"subject":"till"', b'"object":"till"'),
        "schema",
    ),
    "17 MB": (CONTENT_TYPE, lambda n, good: b'{"n":%d,"x":"' % n + b"x" * 17_000_000 + b'"}', "too_large"),
    "empty": (CONTENT_TYPE, lambda n, good: b" " * n, "not_json"),
}


LARGEST = "17 MB"


@dataclass
class Lot:
    """Messages one behind the other; `good` are the ids of the good ones, `bad` maps bytes to the reason, if one is certain."""

    good: list[str] = field(default_factory=list)
    bad: dict[bytes, str] = field(default_factory=dict)
    messages: list[tuple[bytes, str]] = field(default_factory=list)

    def add_good(self, number: int) -> None:
        """Add one sale."""
        event = make_event("shop.sold", "till", {"amount": number}, source="shop")
        self.good.append(event.id)
        self.messages.append((encode(event, CATALOGUE), CONTENT_TYPE))

    def add_bad(self, kind: str, number: int) -> None:
        """Add one that cannot be read."""
        content_type, made, reason = BAD[kind]
        body = made(number, encode(make_event("shop.sold", "till", {"amount": 1}, source="shop"), CATALOGUE))
        self.bad[body] = reason
        self.messages.append((body, content_type))


def lots(length: int) -> list[Lot]:
    """Lots of good messages alone and of good ones among bad ones, in turn, each of this length; at the end the largest."""
    numbers, bad = count(), count()
    kinds = [kind for kind in BAD if kind != LARGEST]
    made: list[Lot] = []
    for number in range(2 * ROUNDS):
        lot = Lot()
        for place in range(length):
            if number % 2 and place % RATIO == RATIO // 2:
                nth = next(bad)
                lot.add_bad(kinds[nth % len(kinds)], nth)
            else:
                lot.add_good(next(numbers))
        made.append(lot)
    last = Lot()
    # What 17 MB take is a matter of its bytes, not of its being bad.
    last.add_bad(LARGEST, next(bad))
    last.add_good(next(numbers))
    return [*made, last]


def publish(broker: RabbitTransport, messages: list[tuple[bytes, str]]) -> None:
    """Publish them as they are, and wait until all of them are in the queue."""
    with closing(broker._in_turn()()) as connection:
        channel = connection.channel()
        for body, content_type in messages:
            message = channel.prepare_message(
                body, content_type=content_type, properties={"delivery_mode": 2}
            )
            channel.basic_publish(message, exchange=EVENTS, routing_key="shop.sold")
        queue = queue_of("ledger")
        eventually(lambda: channel.queue_declare(queue, passive=True)[1] == len(messages), _PATIENCE)


def test_bad_messages_are_kept_and_the_good_ones_among_them_pass(
    rabbit_transport: RabbitTransport, books: Database, tmp_path: Path
) -> None:
    # Given good messages alone, as many among bad ones, and so on
    made = lots(size(full=1_000 * RATIO // ROUNDS, suite=FEWEST))
    publish(rabbit_transport, [message for lot in made for message in lot.messages])
    good, bad = sum(len(lot.good) for lot in made), {b: r for lot in made for b, r in lot.bad.items()}

    # When
    with toys(
        books, tmp_path, LINLI_AMQP_URL=rabbit_transport.url, TOY_SECONDS_EACH=_EACH, LINLI_LOG_LEVEL="ERROR"
    ) as processes:
        worker = processes.start("worker")
        eventually(
            lambda: len(amounts(books)) >= good and len(_letters(books)) >= len(bad),
            _PATIENCE,
            interval=0.2,
        )

        # Then the process that did it is whole
        assert worker.get("/healthz") == 200
    found: dict[str, list[str]] = {}
    for amount in amounts(books):
        found.setdefault(str(amount), []).append(str(amount))
    result = balance((Attempt(str(n), 201, str(n)) for n in range(good)), found)
    assert result.green, result
    letters = _letters(books)
    assert letters.keys() == bad.keys()
    certain = {body: reason for body, reason in bad.items() if reason}
    assert certain == {body: letters[body] for body in certain}
    rates = rates_of(books, made)
    ratios = [round(among / alone, 2) for alone, among in zip(rates[::2], rates[1::2], strict=True)]
    report("F14", "RabbitMQ", result, kills=0, throughput=ratios)
    assert median(ratios) >= SLOWEST


def rates_of(books: Database, made: Sequence[Lot]) -> list[float]:
    """Good messages a second of each lot but the last: from its first batch to the first of the lot behind it."""
    with books.read() as connection:
        handled = {row.event_id: row.handled_at for row in connection.execute(select(inbox))}
    began = [min(handled[id_] for id_ in lot.good) for lot in made]
    return [
        len(lot.good) / (after - before).total_seconds()
        for lot, (before, after) in zip(made[:-1], pairwise(began), strict=True)
    ]


def _letters(books: Database) -> dict[bytes, str]:
    with books.read() as connection:
        rows = connection.execute(select(dead_letters.c.body, dead_letters.c.reason))
        return {bytes(row.body): row.reason for row in rows}
