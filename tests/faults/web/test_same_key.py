"""H1: the same request many times at once, after its answer was lost, and after a failure of the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
import requests

from services.chassis.platform import conninfo
from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.proxy import Proxy
from tests.faults.residents import Residents, complaint, new_key
from tests.faults.sizes import size
from tests.faults.web.process import ESTATE, StartWeb, Web

AT_ONCE = 100
_AGAIN = 0.05
#: Until somebody was in the middle of his request when the sessions were ended.
_STORM_SECONDS = 60.0
_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name LIKE 'linli%'"
)


@pytest.fixture
def intake(start_web: StartWeb) -> Web:
    """With the settings it is shipped with."""
    return start_web()


@pytest.fixture
def line(intake: Web) -> Iterator[Proxy]:
    """The way of a resident to it."""
    with closing(Proxy(intake.port)) as made:
        yield made


def test_a_hundred_at_once_with_one_key_make_one_case_and_get_its_number(
    intake: Web, journal: Journal
) -> None:
    for _ in range(size(full=100, suite=1)):
        # Given
        key, together = new_key(), threading.Barrier(AT_ONCE)

        # When
        def send(key: str = key, together: threading.Barrier = together) -> str:
            together.wait()
            while (answer := _send(intake.client, journal, key)) is None or answer.status_code == 503:
                threading.Event().wait(_AGAIN)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["number"])

        with ThreadPoolExecutor(AT_ONCE) as callers:
            numbers = {future.result() for future in [callers.submit(send) for _ in range(AT_ONCE)]}

        # Then
        assert len(numbers) == 1
    result = intake.result(journal)
    assert result.green, result
    report("H1 at once", "intake", result, kills=0)


def test_whoever_lost_the_answer_gets_it_again(intake: Web, journal: Journal, line: Proxy) -> None:
    for turn in range(size(full=10_000, suite=15)):
        # Given
        key = new_key()

        # When
        line.answers.cut_after(turn % 3 * 40)
        lost = _send(Client(f"http://127.0.0.1:{line.port}"), journal, key)
        again = _send(Client(f"http://127.0.0.1:{line.port}"), journal, key)

        # Then
        assert lost is None
        assert again is not None
        assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    result = intake.result(journal)
    assert result.green, result
    report("H1 cut", "intake", result, kills=0)


def test_a_repetition_after_a_failure_finishes_the_work(intake: Web, journal: Journal) -> None:
    # Given
    times = size(full=500, suite=5)
    storm = psycopg.connect(
        conninfo(intake.database.engine.url.render_as_string(hide_password=False)), autocommit=True
    )
    with closing(storm), Residents(intake.client, ESTATE, journal, senders=4) as residents:
        for _ in range(times):
            residents.reach(residents.accepted + 5)

            # When
            storm.execute(_OTHERS)
        eventually(lambda: storm.execute(_OTHERS) and 503 in _statuses(journal), _STORM_SECONDS)

    # Then
    result = intake.result(journal)
    assert result.green, result
    assert result.accepted
    assert not result.unknown, "whoever asked again came to the end"
    assert _statuses(journal) <= {201, 503, None}
    report("H1 failure", "intake", result, kills=times)


def _statuses(journal: Journal) -> set[int | None]:
    return {attempt.status for attempt in journal.attempts()}


def _send(client: Client, journal: Journal, key: str) -> requests.Response | None:
    attempt = journal.before(key)
    try:
        answer = client.request(
            "POST",
            "/api/intake/complaints",
            json=complaint(ESTATE, key),
            headers={"Idempotency-Key": key},
        )
    except requests.RequestException:
        journal.after(attempt, None)
        return None
    journal.after(attempt, answer.status_code, answer.json().get("number"))
    return answer
