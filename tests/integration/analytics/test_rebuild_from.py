"""`linli rebuild analytics --from`: what is older is kept, the rest is rebuilt, and the figures are those of a full rebuild."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from services.analytics import cli, usecases
from services.analytics.handlers import HANDLERS
from services.analytics.storage.carries import carry_over
from services.analytics.storage.facts import drop_generation
from services.analytics.storage.tables import carries, facts
from services.chassis import generations
from services.chassis.database import Database
from services.chassis.envelope import encode
from services.chassis.events import Event
from services.chassis.replay import Rebuild
from services.chassis.testing.services import handling, make_event, published
from tests.integration.analytics.conftest import Kpis
from tests.integration.analytics.lives import NOON, Case, after, estate

#: Complaints are received one an hour; the rebuild is from the eleventh on.
COMPLAINTS = 20
DATE = after(hours=10)
Tell = Callable[..., None]


def life(case: Case, hour: int) -> list[Event]:
    return [
        case.registered(after(hours=hour), household_id=f"h{hour % 3}"),
        case.classified("facility"),
        case.assigned(after(hours=hour, minutes=5)),
        case.answered(after(hours=hour, minutes=10 + hour)),
        case.resolved(after(hours=hour + 3)),
        case.called_back("dissatisfied" if hour % 3 else "satisfied", after(hours=hour + 4)),
    ]


@pytest.fixture
def archive(tell: Tell) -> list[Event]:
    """Everything that was ever recorded, all of it handled."""
    told = [estate(), *(event for hour in range(COMPLAINTS) for event in life(Case(f"TS-{hour:02}"), hour))]
    tell(*told)
    return told


def send_again(database: Database, generation: int, events: Sequence[Event], tell: Tell) -> None:
    """What the publishers do for a rebuild."""
    path = handling(database, HANDLERS)
    path.batch([path.read(encode(event, database.catalogue), True) for event in events])
    sent = Counter(event.source for event in events)
    for source in ("intake", "routing", "notification"):
        data = {"consumer": "analytics", "generation": generation, "sent": sent[source]}
        tell(make_event("replay.finished", "analytics", data, source=source, version=generation))


def steps(database: Database) -> None:
    """Carry over in small pieces, swap, clear away."""
    rebuild = Rebuild(database, drop_generation, partial(carry_over, piece=3))
    while rebuild.step():
        pass


def rebuild(database: Database, events: Sequence[Event], tell: Tell) -> None:
    """Rebuild all of it."""
    with database.begin() as work:
        generation = usecases.rebuild(work)
    send_again(database, generation, events, tell)
    steps(database)


def spoil(database: Database) -> None:
    """Damage facts of complaints received from the date on, and lose one."""
    with database.begin() as work:
        newer = facts.c.received_at >= DATE
        work.connection.execute(update(facts).where(newer).values(resolved_at=None, satisfaction=None))
        work.connection.execute(delete(facts).where(facts.c.number == f"TS-{COMPLAINTS - 1}"))


def test_the_figures_are_those_of_a_full_rebuild(
    database: Database, archive: list[Event], tell: Tell, kpis: Kpis
) -> None:
    # Given newer facts that are wrong, and archives of which no more than the newer part is left
    right = kpis()
    spoil(database)
    assert kpis() != right
    newer = archive[1 + 6 * 9 :]

    # When
    with database.begin() as work:
        generation = usecases.rebuild(work, DATE)
    send_again(database, generation, newer, tell)
    steps(database)
    partly = kpis()

    # Then
    with database.read() as connection:
        assert generations.current(connection, "analytics") == generation
        assert set(connection.scalars(select(facts.c.generation))) == {generation}
        assert connection.scalar(select(func.count()).select_from(carries)) == 0
    assert partly == right
    rebuild(database, archive, tell)
    assert kpis() == partly


def test_events_handled_while_it_is_carried_over_are_kept(
    database: Database, archive: list[Event], tell: Tell, kpis: Kpis
) -> None:
    # Given a rebuild that has carried over the first facts
    with database.begin() as work:
        generation = usecases.rebuild(work, DATE)
    piece = Rebuild(database, drop_generation, partial(carry_over, piece=3))
    piece.step()

    # When complaints go on: one that was carried over, one that is yet to be, and a new one that was received long ago
    first, last = Case("TS-00"), Case("TS-09")
    late = life(Case("TS-05b"), 5)
    live = [first.withdrawn(), last.withdrawn(), *late]
    tell(*live)
    send_again(database, generation, archive[1 + 6 * 9 :], tell)
    steps(database)
    partly = kpis()

    # Then
    rebuild(database, [*archive, *live], tell)
    assert kpis() == partly
    assert partly["E1"]["received"] == COMPLAINTS + 1
    assert partly["E1"]["valid"] == COMPLAINTS - 1


def test_what_arrives_before_it_is_carried_over_is_not_undone(
    database: Database, archive: list[Event], tell: Tell, kpis: Kpis
) -> None:
    # Given all that the publishers send, before anything is carried over
    right = kpis()
    spoil(database)
    with database.begin() as work:
        generation = usecases.rebuild(work, DATE)
    send_again(database, generation, archive[1 + 6 * 9 :], tell)

    # When
    steps(database)

    # Then
    assert kpis() == right


def test_a_later_rebuild_of_everything_carries_nothing_over(
    database: Database, archive: list[Event], tell: Tell
) -> None:
    # Given a rebuild from a date that was given up
    with database.begin() as work:
        usecases.rebuild(work, DATE)

    # When everything is rebuilt, and the archives hold nothing any more
    rebuild(database, [], tell)

    # Then
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(facts)) == 0


def test_the_day_begins_where_linli_is(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    variables = {"LINLI_ANALYTICS_DATABASE_URL": url, "LINLI_JWKS_FILE": "unused"}

    CliRunner().invoke(cli.rebuild, ["analytics", "--timeout", "0.1", "--from", "2026-11-10"], obj=variables)

    [request] = published(database, "replay.requested")
    assert request.data["since"] == NOON.replace(hour=0) - (NOON.replace(hour=8) - NOON.replace(hour=0))
