"""What an operator types beside a running installation: dead letters, outbox, queues."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from services.chassis import dead_letters
from services.chassis.cli import linli as command
from services.chassis.cli import started_last
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.dead_letters import DeadLetter
from services.chassis.ids import new_id
from services.chassis.platform import conninfo
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing.servers import MakeDatabase
from services.chassis.testing.services import ServiceDatabase
from services.chassis.topology import Management, topology_of
from services.chassis.transport import Message, queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.contracts.catalogue import CATALOGUE
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING

#: Types a command with some variables.
Linli = Callable[..., Result]


@pytest.fixture
def linli(tmp_path: Path) -> Linli:
    """A function `(*words, **variables)` that runs the command with these variables and no others of ours."""

    def run(*words: str, **variables: str) -> Result:
        file = tmp_path / "env"
        file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        return CliRunner().invoke(command, ["--env-file", str(file), *words])

    return run


@pytest.fixture
def databases(service_database: ServiceDatabase) -> dict[str, Database]:
    """The databases of two services."""
    return {definition.name: service_database(definition) for definition in (INTAKE, ROUTING)}


@pytest.fixture
def operate(linli: Linli, databases: dict[str, Database]) -> Linli:
    """The same beside those two services."""
    urls = {
        f"LINLI_{name.upper()}_DATABASE_URL": database.engine.url.render_as_string(hide_password=False)
        for name, database in databases.items()
    }
    others = {"LINLI_JWKS_FILE": "unused", "LINLI_SIGNING_KEYS_FILE": "unused"}
    secret = {"LINLI_INTAKE_CLAIM_SECRET": "s" * 32}
    return lambda *words: linli(*words, **urls, **others, **secret)


BOTH = ("--service", "intake", "--service", "routing")


def bury(database: Database, body: bytes, **others: object) -> str:
    """Give up a message; returns the letter's id."""
    told = {"reason": "bug", "cause": "KeyError:\n 'x'", "attempts": 5, "name": "estate.changed", **others}
    with database.begin() as work:
        letter = DeadLetter(body=body, **told)  # type: ignore[arg-type]
        # A command counts ages back from the real time.
        dead_letters.bury(work.connection, database.service, letter, SystemClock().now() - timedelta(hours=2))
        table = dead_letters.dead_letters
        return str(work.connection.scalar(select(table.c.id).where(table.c.body == body)))


def status(database: Database, letter: str) -> str:
    table = dead_letters.dead_letters
    with database.read() as connection:
        return str(connection.scalar(select(table.c.status).where(table.c.id == letter)))


def test_dead_letters_of_all_services_are_listed_one_a_line(
    operate: Linli, databases: dict[str, Database]
) -> None:
    one, other = bury(databases["intake"], b"1"), bury(databases["routing"], b"2", reason="schema")

    listed = operate("dead-letters", "list", *BOTH).output.splitlines()
    of_one = operate("dead-letters", "list", "--service", "routing").output
    of_its_own = operate("routing", "dead-letters", "list").output

    assert [line.split("\t")[:5] for line in listed] == [
        [one, "intake", "estate.changed", "bug", "×1"],
        [other, "routing", "estate.changed", "schema", "×1"],
    ]
    assert of_one == of_its_own == listed[1] + "\n"


def test_dead_letters_are_listed_by_type_reason_age_and_status(
    operate: Linli, databases: dict[str, Database]
) -> None:
    bury(databases["intake"], b"1")

    def found(*words: str) -> bool:
        result = operate("dead-letters", "list", "--service", "intake", *words)
        assert result.exit_code == 0, result.output
        return "estate.changed" in result.stdout

    assert found("--type", "estate.changed", "--reason", "bug", "--status", "any")
    assert not found("--type", "complaint.registered")
    assert not found("--reason", "schema")
    assert found("--older-than", "90m", "--newer-than", "3h")
    assert not found("--newer-than", "90m")
    assert not found("--older-than", "3h")
    assert not found("--status", "discarded")
    assert operate("dead-letters", "list", *BOTH, "--older-than", "soon").exit_code == 2


def test_a_letter_is_shown_with_its_cause_bytes_and_decisions(
    operate: Linli, databases: dict[str, Database]
) -> None:
    text, bytes_ = bury(databases["intake"], "王芳".encode()), bury(databases["routing"], b"\xff")
    operate("dead-letters", "discard", text, *BOTH, "--reason", "not ours")

    shown = operate("dead-letters", "show", text, *BOTH).output
    other = operate("dead-letters", "show", bytes_, *BOTH).output

    assert "KeyError" in shown
    assert shown.endswith("utf-8\n王芳\n")
    assert "command line: " in shown
    assert "not ours" in shown
    assert other.endswith("base64\n/w==\n")


def test_letters_are_replayed_by_id_or_by_filter(operate: Linli, databases: dict[str, Database]) -> None:
    one, two, three = (bury(databases["intake"], body) for body in (b"1", b"2", b"3"))
    other = bury(databases["routing"], b"4", reason="schema")

    by_id = operate("dead-letters", "replay", one, two, *BOTH)
    by_filter = operate("dead-letters", "replay", *BOTH, "--reason", "schema")

    assert by_id.output == f"{one}\tintake\trequested\n{two}\tintake\trequested\n"
    assert "routing\trequested 1\thandled meanwhile 0" in by_filter.output
    assert status(databases["intake"], three) == "open"
    assert status(databases["routing"], other) == "requested"
    assert "intake\trequested 1" in operate("dead-letters", "replay", *BOTH, "--all").output


def test_what_cannot_be_done_is_told_in_a_sentence(operate: Linli, databases: dict[str, Database]) -> None:
    letter = bury(databases["intake"], b"1")
    operate("dead-letters", "replay", letter, *BOTH)

    settled = operate("dead-letters", "discard", letter, *BOTH, "--reason", "why not")
    unknown = operate("dead-letters", "show", new_id(), *BOTH)

    assert (settled.exit_code, unknown.exit_code) == (1, 1)
    assert "is being replayed" in settled.output
    assert "no such dead letter" in unknown.output
    for words in (
        ("replay",),
        ("replay", letter, "--all"),
        ("discard", letter),
        ("discard", letter, "--reason", " "),
    ):
        assert operate("dead-letters", *words).exit_code == 2


def test_the_outbox_tells_what_waits_and_fails_when_it_waits_too_long(
    operate: Linli, databases: dict[str, Database]
) -> None:
    empty = operate("outbox", *BOTH)
    with databases["intake"].begin() as work:
        work.record("contact.erased", new_id(), {"party_id": new_id()}, estate="laurel")

    waiting = operate("outbox", *BOTH, "--patience", "1e12")
    late = operate("outbox", *BOTH, "--patience", "0")

    assert (empty.exit_code, waiting.exit_code) == (0, 0)
    assert "intake\t-\t0\t0\t-" in empty.output
    assert "intake\tcontact.erased\t1\t0\t" in waiting.output
    assert late.exit_code == 1
    assert "intake: events wait" in late.output


def test_the_queue_table_tells_what_waits_and_who_takes_it(linli: Linli, make_database: MakeDatabase) -> None:
    url = make_database("transport")
    transport = PostgresTransport(conninfo(url), CATALOGUE.bindings())
    transport.create()
    with closing(transport.publisher()) as publisher:
        publisher.publish(
            [Message(new_id(), "estate.changed", b"1"), Message(new_id(), "estate.changed", b"2")]
        )

    alone = linli("queues", LINLI_TRANSPORT_DATABASE_URL=url)
    with closing(transport.consumer(queue_of("routing"), 1)) as consumer:
        assert len(consumer.receive(1, 5.0)) == 1
        taken = linli("queues", LINLI_TRANSPORT_DATABASE_URL=url)

    assert "linli.routing\t2\t0\t0" in alone.output
    assert "linli.routing: 无消费者" in alone.output
    assert "linli.routing\t1\t1\t1" in taken.output
    assert "linli.routing: 无消费者" not in taken.output
    assert (alone.exit_code, taken.exit_code) == (1, 1)


def test_the_broker_is_asked_for_queues_and_dead_queues(
    linli: Linli, rabbit_server: RabbitServer, vhost: str
) -> None:
    scheme, rest = rabbit_server.management_url.split("://")
    url = f"{scheme}://{quote(rabbit_server.user)}:{quote(rabbit_server.password)}@{rest}"
    variables = {"LINLI_RABBITMQ_MANAGEMENT_URL": url, "LINLI_RABBITMQ_VHOST": vhost}

    without = linli("queues", **variables)
    Management(url).apply(topology_of(CATALOGUE), vhost, {})
    told = linli("queues", **variables)

    assert "linli topology apply" in without.output
    assert told.exit_code == 1
    assert "linli.routing.dead\t0\t0\t0" in told.output
    assert "linli intake worker" in told.output


def test_without_queues_to_ask_for_it_says_how_to_name_them(linli: Linli) -> None:
    assert "LINLI_RABBITMQ_MANAGEMENT_URL" in linli("queues").output


def test_the_installation_that_was_started_last_is_the_one_that_is_meant(tmp_path: Path) -> None:
    run, up = tmp_path / "env", tmp_path / "up-env"

    neither = started_last(run, up)
    up.touch()
    only = started_last(run, up)
    run.touch()
    os.utime(run, (time.time() + 10, time.time() + 10))

    assert (neither, only, started_last(run, up)) == (run, up, run)
