"""F21: the answer to a COMMIT is lost. Whoever asks again gets the answer, and nothing is done twice (RELIABILITY P23)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, make_url

from services.chassis.platform import Process, platform
from services.chassis.settings import environment, load
from services.intake.app import SERVICE as INTAKE
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.proxy import Proxy
from tests.faults.residents import complaint, new_key
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

ESTATE = "rowan"


@pytest.fixture
def line(exposed: Exposed) -> Iterator[Proxy]:
    """The way of one more intake to its database."""
    with closing(Proxy(make_url(exposed.database.url("postgres")).port or 0)) as made:
        yield made


@pytest.fixture
def intake(exposed: Exposed, line: Proxy) -> Iterator[tuple[FlaskClient, Engine]]:
    """A web process of intake in this process, and its sessions."""
    variables = environment({}, exposed.installation.variables)
    url = make_url(variables["LINLI_INTAKE_DATABASE_URL"]).set(port=line.port)
    settings = load(
        INTAKE.settings,
        {**variables, "LINLI_INTAKE_DATABASE_URL": url.render_as_string(hide_password=False)},
    )
    on = platform(INTAKE, settings, Process(), role="web")
    yield INTAKE.web(on, settings).test_client(), on.database.engine
    on.database.engine.dispose()


def test_a_complaint_whose_commit_was_not_heard_of_is_made_once(
    exposed: Exposed, view: View, journal: Journal, intake: tuple[FlaskClient, Engine], line: Proxy
) -> None:
    client, engine = intake
    cut: list[str] = []

    def cut_the_answer(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        # It commits by itself: what a complaint writes is one statement.
        if cut and "INSERT INTO outbox" in statement:
            line.answers.cut_after(0)
            cut.clear()

    event.listen(engine, "before_cursor_execute", cut_the_answer)
    for _ in range(size(full=500, suite=10)):
        # Given
        key = new_key()

        # When
        cut.append(key)
        answers = []
        for _ in range(3):
            attempt = journal.before(key)
            answer = client.post(
                "/api/intake/complaints", json=complaint(ESTATE, key), headers={"Idempotency-Key": key}
            )
            answers.append(answer.status_code)
            journal.after(attempt, answer.status_code, (answer.json or {}).get("number"))

        # Then
        assert answers == [503, 201, 201]
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]

    dead = view.dead_letters()
    result = settled(exposed.installation, view, ESTATE, journal, dead_letters=dead)
    report("F21 commits", "up", result, kills=0)
