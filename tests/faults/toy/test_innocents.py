"""F16: a worker dies within its first message again and again; the messages it held beside that one come to no harm."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from services.chassis.database import Database
from services.chassis.retries import retries
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing import eventually
from services.chassis.topology import Management, topology_of
from services.chassis.transport import dead_queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.e2e.installation import descendants
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.killer import Killer
from tests.faults.ledger import balance
from tests.faults.sizes import size
from tests.integration.chassis.conftest import entries
from tests.integration.chassis.consumer import amounts, letters
from tests.integration.chassis.toy_processes import sell, toys
from tests.integration.chassis.toy_service import CATALOGUE

#: As in the measurement M5: 200 deliveries at a limit of 20 had lost 160 of these.
BACKLOG = 500
#: Seconds that each sale takes, and that a worker lives once it has begun.
_EACH, _LIFE = "0.02", 0.03
_PATIENCE = 120.0


def test_a_worker_that_dies_within_its_first_message_forty_times_harms_no_other(
    rabbit_server: RabbitServer,
    vhost: str,
    management: Management,
    books: Database,
    journal: Journal,
    tmp_path: Path,
) -> None:
    # Given a backlog, and prefetch and delivery limit as shipped
    management.apply(topology_of(CATALOGUE), vhost, {})
    broker = RabbitTransport(rabbit_server.amqp_url(vhost))
    sell(broker, *range(BACKLOG))
    for amount in range(BACKLOG):
        journal.after(journal.before(str(amount)), 201, str(amount))

    # When
    with toys(books, tmp_path, LINLI_AMQP_URL=broker.url, TOY_SECONDS_EACH=_EACH) as processes:
        worker = processes.start("worker")
        killer = Killer(
            lambda: next(iter(descendants(worker.popen.pid)), None),
            lambda: begun(books),
            longest_life=_LIFE,
        )
        killer.kill(size(full=40, suite=4))
        eventually(lambda: len(amounts(books)) >= BACKLOG, _PATIENCE, interval=0.2)

    # Then
    result = balance(journal.attempts(), by_amount(amounts(books)))
    assert result.green, result
    assert letters(books) == []
    with closing(broker.consumer(dead_queue_of("ledger"), 10)) as dead:
        assert dead.receive(10, 1.0) == []
    report("F16", "RabbitMQ", result, kills=len(killer.recoveries), recoveries=killer.recoveries)


def begun(books: Database) -> tuple[int, int]:
    """Sales entered, and attempts of those that came back."""
    with books.read() as connection:
        entered = connection.scalar(select(func.count()).select_from(entries))
        return entered or 0, connection.scalar(select(func.sum(retries.c.attempts))) or 0


def by_amount(found: list[int]) -> dict[str, list[str]]:
    """Each sale with as many entries as it has."""
    kept: dict[str, list[str]] = {}
    for amount in found:
        kept.setdefault(str(amount), []).append(str(amount))
    return kept
