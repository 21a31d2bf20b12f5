"""F15, F19: messages that end their process, or never end, among good ones in the same prefetch."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.dead_letters import dead_letters
from services.chassis.testing import eventually
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.figures import report
from tests.faults.journal import Attempt
from tests.faults.ledger import balance
from tests.faults.sizes import SUITE, chosen, size
from tests.integration.chassis.consumer import amounts
from tests.integration.chassis.toy_processes import sell, toys
from tests.integration.chassis.toy_service import EXITS, HANGS, HOARDS, SPINS

#: Attempts a message has before it is parked, and how many seconds that may take (DESIGN §2.5).
ATTEMPTS, PARKED_WITHIN = 5, 120.0
_PATIENCE = 300.0

#: Those of `QUICK` stand for the others where time is short: the process ends at once, or when a handler's time is over.
KINDS = {"exits": EXITS, "hoards": HOARDS, "hangs": HANGS, "spins": SPINS}
QUICK = ("exits", "hangs")


@pytest.mark.parametrize("kind", QUICK if chosen() == SUITE else KINDS)
def test_a_deadly_message_is_parked_and_harms_no_other(
    rabbit_transport: RabbitTransport, books: Database, tmp_path: Path, kind: str
) -> None:
    # Given
    deadly = KINDS[kind]
    good = list(range(size(full=500, suite=100)))
    place = len(good) // 3
    sell(rabbit_transport, *good[:place], deadly, *good[place:])

    # When
    variables = {"LINLI_AMQP_URL": rabbit_transport.url, "LINLI_BATCH_SIZE": "500", "LINLI_PREFETCH": "500"}
    # So long a handler may take before its process ends, and somewhat longer its next attempt waits.
    variables |= {"LINLI_HANDLER_SECONDS": "1"} if chosen() == SUITE else {}
    with toys(books, tmp_path, **variables) as made:
        made.start("worker")
        began = monotonic()
        eventually(lambda: _parked(books), _PATIENCE, interval=0.2)
        took = monotonic() - began
        eventually(lambda: len(amounts(books)) >= len(good), _PATIENCE, interval=0.2)

    # Then
    found = {str(amount): [str(amount)] * times for amount, times in Counter(amounts(books)).items()}
    result = balance((Attempt(str(amount), 201, str(amount)) for amount in good), found)
    assert result.green, result
    report(f"F15 {kind}", "RabbitMQ", result, kills=ATTEMPTS, parked_within=round(took, 1))
    assert _parked(books) == [("crashed", ATTEMPTS)]
    assert took <= PARKED_WITHIN


def _parked(books: Database) -> list[tuple[str, int]]:
    with books.read() as connection:
        rows = connection.execute(select(dead_letters.c.reason, dead_letters.c.attempts))
        return [(row.reason, row.attempts) for row in rows]
