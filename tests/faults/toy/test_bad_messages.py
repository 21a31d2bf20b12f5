"""F14: bad messages among good ones stop nothing and are kept, each with its bytes and a reason."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from time import monotonic

from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.dead_letters import dead_letters
from services.chassis.envelope import CONTENT_TYPE, encode
from services.chassis.testing import eventually
from services.chassis.testing.services import make_event
from services.chassis.transport import EVENTS, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.figures import report
from tests.faults.journal import Attempt
from tests.faults.ledger import balance
from tests.faults.sizes import FULL, chosen, size
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.consumer import amounts
from tests.integration.chassis.toy_processes import toys

#: Good messages for each bad one.
RATIO = 10
#: What throughput may come down to.
SLOWEST = 0.8
#: Seconds a sale takes, about what a handler of a service needs.
_EACH = "0.002"
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


def good_body(number: int) -> bytes:
    """The envelope of one sale."""
    return encode(make_event("shop.sold", "till", {"amount": number}, source="shop"), CATALOGUE)


def bad_message(number: int) -> tuple[bytes, str, str]:
    """The body, content type and reason of the bad message with this number."""
    # The largest once, and at the end: its two seconds are a matter of its bytes, not of its being bad.
    names = [name for name in BAD if name != LARGEST]
    content_type, made, reason = BAD[LARGEST if number == 1 else names[number % len(names)]]
    return made(number, good_body(1)), content_type, reason


def publish(broker: RabbitTransport, messages: list[tuple[bytes, str]]) -> None:
    """Publish them as they are, and wait until all of them are in the queue."""
    with closing(broker._connect()) as connection:
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
    # Given as many good messages alone as among bad ones
    bad = [bad_message(number) for number in range(1, size(full=1_000, suite=2 * len(BAD)) + 1)]
    good = len(bad) * RATIO

    alone = [(good_body(number), CONTENT_TYPE) for number in range(good)]
    among = [(good_body(number), CONTENT_TYPE) for number in range(good, 2 * good)]
    for place, (body, content_type, _) in enumerate(reversed(bad)):
        among.insert((place + 1) * (RATIO + 1) - 1, (body, content_type))

    with toys(
        books, tmp_path, LINLI_AMQP_URL=rabbit_transport.url, TOY_SECONDS_EACH=_EACH, LINLI_LOG_LEVEL="ERROR"
    ) as made:
        publish(rabbit_transport, alone)
        worker = made.start("worker")
        pure = _seconds_until(lambda: len(amounts(books)) >= good)
        worker.popen.terminate()
        worker.ended_within(_PATIENCE)

        # When
        publish(rabbit_transport, among)
        worker = made.start("worker")
        mixed = _seconds_until(lambda: len(amounts(books)) >= 2 * good)
        eventually(lambda: len(_letters(books)) >= len(bad), _PATIENCE, interval=0.2)

        # Then the process that did it is whole
        assert worker.get("/healthz") == 200
    found: dict[str, list[str]] = {}
    for amount in amounts(books):
        found.setdefault(str(amount), []).append(str(amount))
    result = balance((Attempt(str(n), 201, str(n)) for n in range(2 * good)), found)
    assert result.green, result
    letters = _letters(books)
    assert letters.keys() == {body for body, _, _ in bad}
    assert {body: reason for body, _, reason in bad if reason} == {
        body: letters[body] for body, _, reason in bad if reason
    }
    report("F14", "RabbitMQ", result, kills=0, throughput=round(pure / mixed, 2))
    # Shorter runs measure how long 17 MB take.
    if chosen() == FULL:
        assert pure / mixed >= SLOWEST


def _seconds_until(done: Callable[[], bool]) -> float:
    began = monotonic()
    eventually(done, _PATIENCE, interval=0.1)
    return monotonic() - began


def _letters(books: Database) -> dict[bytes, str]:
    with books.read() as connection:
        rows = connection.execute(select(dead_letters.c.body, dead_letters.c.reason))
        return {bytes(row.body): row.reason for row in rows}
