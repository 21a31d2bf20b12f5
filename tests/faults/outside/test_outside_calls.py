"""F4, outside: what a provider sees of messages whose senders are killed in the middle of their calls."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

import services
from services.chassis.database import Database
from services.chassis.testing import eventually
from services.notification.domain.deliveries import provider_key
from services.notification.sender import LEASE
from services.notification.storage.tables import deliveries
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.ledger import balance
from tests.faults.outside.recorder import AT_ONCE, SENDERS
from tests.faults.sizes import size
from tests.integration.notification.conftest import Tell
from tests.integration.notification.stories import contact, estate, registered

_PATIENCE = 120.0


def test_a_killed_sender_calls_the_provider_once_more_at_most_and_with_the_same_key(
    database: Database, tell: Tell, journal: Journal, tmp_path: Path
) -> None:
    # Given
    kills = size(full=200, suite=3)
    calls = tmp_path / "calls"
    calls.touch()
    tell(estate(), contact(), *(registered(f"TS-{number:05}") for number in range(kills * 40)))
    keys = written(database)
    for key in keys:
        journal.after(journal.before(key), 201, key)

    # When
    for kill in range(kills):
        with recorder(database, calls, ahead=kill * LEASE.total_seconds()):
            before = len(made(calls))
            eventually(lambda before=before: len(made(calls)) >= before + 15, _PATIENCE, interval=0.002)
    with recorder(database, calls, ahead=kills * LEASE.total_seconds()):
        eventually(lambda: sent(database) == len(keys), _PATIENCE, interval=0.1)

    # Then
    counted = Counter(made(calls))
    result = balance(journal.attempts(), {key: [key] for key in counted})
    assert result.green, result
    repeated = counted.total() - len(keys)
    assert repeated <= kills * SENDERS
    report("F4 outside", "senders", result, kills=kills, repeated_calls=repeated)


@contextmanager
def recorder(database: Database, calls: Path, ahead: float = 0.0, answers: str = AT_ONCE) -> Iterator[None]:
    """Senders that are killed at the end."""
    url = database.engine.url.render_as_string(hide_password=False)
    line = [sys.executable, "-m", "tests.faults.outside.recorder", url, str(calls), str(ahead), answers]
    process = subprocess.Popen(line, cwd=Path(services.__path__[0]).parent)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def made(calls: Path) -> list[str]:
    """The keys of all calls."""
    return calls.read_text().split()


def written(database: Database) -> list[str]:
    """The keys of all messages there are to be sent."""
    with database.read() as connection:
        return [provider_key(id_) for id_ in connection.scalars(select(deliveries.c.id))]


def sent(database: Database) -> int:
    """How many messages are marked as sent."""
    with database.read() as connection:
        query = select(func.count()).select_from(deliveries).where(deliveries.c.status == "sent")
        return connection.scalar(query) or 0
