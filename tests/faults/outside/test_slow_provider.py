"""F19: a provider that answers too late, or never, for one of its receivers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.testing import eventually
from services.notification.domain.deliveries import provider_key
from services.notification.storage.tables import deliveries
from tests.faults.outside.recorder import LATE, NEVER, SLOW, SOON
from tests.faults.outside.test_outside_calls import made, recorder, sent, written
from tests.faults.sizes import FULL, chosen
from tests.integration.notification.conftest import Tell
from tests.integration.notification.stories import contact, estate, registered

OTHERS = 40
_PATIENCE = 240.0


@pytest.mark.parametrize("answers", [NEVER, LATE if chosen() == FULL else SOON])
def test_a_provider_that_is_slow_for_one_is_asked_once_and_serves_the_others(
    database: Database, tell: Tell, tmp_path: Path, answers: str
) -> None:
    # Given a message to somebody for whom the provider is slow, in front of others
    calls = tmp_path / "calls"
    calls.touch()
    tell(estate(), contact("slow", phone=SLOW), registered("TS-SLOW", party_id="slow"))
    [slow] = written(database)
    tell(contact(), *(registered(f"TS-{number:05}") for number in range(OTHERS)))

    # When it is due again while its call goes on, and the others are sent
    with recorder(database, calls, answers=answers):
        eventually(lambda: attempts(database, slow) >= 2 and sent(database) >= OTHERS, _PATIENCE)
        if answers != NEVER:
            eventually(lambda: sent(database) == OTHERS + 1, _PATIENCE)

    # Then a call was made for each, and no other: what was told late is known as sent
    assert Counter(made(calls)) == Counter(written(database))
    assert sent(database) == OTHERS + (answers != NEVER)


def attempts(database: Database, key: str) -> int:
    """How often a message was taken to be sent."""
    with database.read() as connection:
        rows = connection.execute(select(deliveries.c.id, deliveries.c.attempts))
        return next(row.attempts for row in rows if provider_key(row.id) == key)
