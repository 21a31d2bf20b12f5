"""F21: transactions lose races all the time: serialization failures and deadlocks, in every service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import SERVICES, View

ESTATE = "elm"
#: Every fifth statement that records events or claims them is told that its transaction lost.
_FUNCTION = """
    CREATE FUNCTION lose_the_race() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF random() < 0.2 THEN
            RAISE EXCEPTION 'forced by a test'
                USING ERRCODE = CASE WHEN random() < 0.5 THEN 'serialization_failure' ELSE 'deadlock_detected' END;
        END IF;
        RETURN NULL;
    END $$
"""
_TRIGGER = (
    "CREATE TRIGGER lose_the_race AFTER INSERT ON {} FOR EACH STATEMENT EXECUTE FUNCTION lose_the_race()"
)


@pytest.fixture
def races(exposed: Exposed) -> Iterator[None]:
    """Transactions lose races as long as the test runs."""
    with ExitStack() as stack:
        for service in SERVICES:
            connection = stack.enter_context(exposed.administrator(f"linli_{service}"))
            stack.callback(connection.execute, "DROP FUNCTION lose_the_race() CASCADE")
            connection.execute(_FUNCTION)
            for table in ("outbox", "inbox"):
                connection.execute(_TRIGGER.format(table))
        yield


@pytest.mark.usefixtures("races")
def test_transactions_that_lose_races_are_run_again(exposed: Exposed, view: View, journal: Journal) -> None:
    dead = view.dead_letters()
    with Residents(exposed.installation.people.public, ESTATE, journal, pause=0.02) as residents:
        residents.reach(size(full=1_000, suite=40))

    assert {attempt.status for attempt in journal.attempts()} == {201, 503}
    result = settled(exposed.installation, view, ESTATE, journal, dead_letters=dead)
    report("F21 races", "up", result, kills=0)
