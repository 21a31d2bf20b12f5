"""A process that is asked to end does so in order and in time, and leaves nothing half done (RELIABILITY P32, F20)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from sqlalchemy import make_url

from services.chassis import outbox
from services.chassis.database import Database
from services.chassis.testing import eventually
from services.chassis.transport import Transport, queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.proxy import Proxy
from tests.integration.chassis.consumer import amounts
from tests.integration.chassis.messages import receive
from tests.integration.chassis.toy_processes import ToyProcess, Toys, sell, toys
from tests.integration.chassis.toy_service import HANGS

#: Seconds a process of these tests has to end, and what a busy machine may add to them: it is a hang that is looked for.
GRACE = 6
SLACK = 15.0
SALES = 400


@pytest.fixture(params=["rabbitmq", "postgres"])
def carried(
    request: pytest.FixtureRequest, books: Database, tmp_path: Path
) -> Iterator[tuple[Transport, Toys]]:
    """Either transport, and processes on it that take 2 ms for each sale."""
    if request.param == "rabbitmq":
        rabbit: RabbitTransport = request.getfixturevalue("rabbit_transport")
        transport, variables = rabbit, {"LINLI_AMQP_URL": rabbit.url}
    else:
        queues: PostgresTransport = request.getfixturevalue("postgres_transport")
        transport, variables = queues, {"TOY_QUEUES": queues._conninfo}
    variables |= {"LINLI_GRACE_SECONDS": str(GRACE), "TOY_SECONDS_EACH": "0.002", "LINLI_BATCH_SIZE": "50"}
    with toys(books, tmp_path, **variables) as made:
        yield transport, made


def unsent(books: Database) -> int:
    with books.read() as connection:
        return outbox.pending(connection)[0]


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGTERM],
        [signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT],
    ],
    ids=["term", "impatient"],
)
def test_a_worker_stopped_under_load_leaves_nothing_half_done(
    carried: tuple[Transport, Toys], books: Database, signals: list[signal.Signals]
) -> None:
    # Given a worker with more before it than it can do at once
    transport, made = carried
    sell(transport, *range(SALES))
    worker = made.start("worker")
    eventually(lambda: amounts(books))

    # When it is asked to end
    for number in signals:
        worker.popen.send_signal(number)
    worker.ended_within(GRACE + SLACK)

    # Then whatever it had taken is done, told of and acknowledged, and the rest was never touched
    done = amounts(books)
    assert 0 < len(done) < SALES
    assert unsent(books) == 0
    with closing(transport.consumer(queue_of("shop"), SALES)) as told:
        assert len(receive(told, len(done))) == len(done)
    with closing(transport.consumer(queue_of("ledger"), SALES)) as rest:
        untouched = receive(rest, SALES - len(done))
        assert [delivery for delivery in untouched if delivery.redelivered] == []
        assert rest.receive(1, 0.2) == []


def test_a_worker_whose_handler_hangs_ends_in_time_and_sends_what_others_left(
    rabbit_transport: RabbitTransport, books: Database, tmp_path: Path
) -> None:
    # Given
    with toys(
        books,
        tmp_path,
        LINLI_AMQP_URL=rabbit_transport.url,
        LINLI_GRACE_SECONDS=str(GRACE),
        LINLI_BATCH_SIZE="1",
    ) as made:
        sell(rabbit_transport, 1, 2, HANGS)
        worker = made.start("worker")
        eventually(lambda: amounts(books) == [1, 2])

        # When
        worker.popen.terminate()
        worker.ended_within(GRACE + SLACK)

    # Then
    assert unsent(books) == 0
    assert amounts(books) == [1, 2]


@pytest.mark.parametrize("away", ["gone", "silent"])
def test_a_worker_whose_broker_is_away_ends_in_time_and_keeps_what_it_could_not_send(
    rabbit_transport: RabbitTransport, books: Database, tmp_path: Path, away: str
) -> None:
    # Given
    port = make_url(rabbit_transport.url).port or 5672
    with closing(Proxy(port)) as proxy:
        url = rabbit_transport.url.replace(f":{port}/", f":{proxy.port}/")
        with toys(
            books,
            tmp_path,
            LINLI_AMQP_URL=url,
            LINLI_GRACE_SECONDS=str(GRACE),
            LINLI_BATCH_SIZE="1",
            TOY_SECONDS_EACH="0.3",
        ) as made:
            sell(rabbit_transport, *range(20))
            worker = made.start("worker")
            eventually(lambda: amounts(books))

            # When
            if away == "gone":
                proxy.close()
            else:
                proxy.requests.hold()
            worker.popen.terminate()
            worker.ended_within(GRACE + SLACK)

    # Then
    with closing(rabbit_transport.consumer(queue_of("shop"), SALES)) as told:
        receive(told, len(amounts(books)) - unsent(books))


def test_a_web_process_takes_requests_until_those_who_send_them_have_noticed(
    books: Database, tmp_path: Path
) -> None:
    # Given
    with toys(
        books, tmp_path, LINLI_GRACE_SECONDS=str(GRACE), LINLI_DRAIN_SECONDS="1", TOY_SECONDS_EACH="0.05"
    ) as made:
        web = made.start("web")

        # When it is asked to end, and requests still come until it is told not to be ready and a while longer
        web.popen.terminate()
        eventually(lambda: web.get("/readyz") == 503)
        answers = _post_until_refused(web)
        web.ended_within(GRACE + SLACK)

    # Then every request that was taken has its effect
    assert len(answers) > 5
    assert set(answers) == {201}
    assert len(amounts(books)) == len(answers)


def _post_until_refused(web: ToyProcess) -> list[int]:
    """The statuses of requests made one after the other, each on a connection of its own, until nobody listens.

    One connection may wait to be taken when the socket is closed: it is reset, and its request reached nobody.
    """
    answers: list[int] = []
    resets = 0
    while True:
        try:
            answers.append(requests.post(f"{web.url}/api/ledger/sales", timeout=5).status_code)
            assert not resets, "a request was taken after one was cut off"
        except requests.ConnectionError as error:
            if "refused" in str(error):
                return answers
            if resets:
                raise
            resets += 1
