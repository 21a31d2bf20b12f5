"""The command `linli` as operators type it: accounts, keys, databases, the broker's topology, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from services.chassis.auth.keys import new_key_set, public, write_key_set
from services.chassis.cli import linli as command
from services.chassis.database import Database
from services.chassis.servers.daemon import free_port
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing.servers import MakeDatabase
from services.chassis.testing.services import ServiceDatabase, published
from services.chassis.topology import Management, topology_of
from services.contracts.catalogue import CATALOGUE
from services.routing.app import SERVICE as ROUTING
from services.routing.passwords import Passwords
from services.routing.storage import staff
from services.standalone import SERVICES

#: Types a command with some variables; answers to its questions come as `typed`.
Linli = Callable[..., Result]

LI = ("li.wei", "--name", "李伟", "--role", "handler", "--path", "linli/east/cuihu")
PASSWORD = "correct horse"


@pytest.fixture
def linli(tmp_path: Path) -> Linli:
    """A function `(*words, typed=…, **variables)` that runs the command with these variables and no others of ours."""

    def run(*words: str, typed: str | None = None, **variables: str) -> Result:
        file = tmp_path / "env"
        file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        return CliRunner().invoke(command, ["--env-file", str(file), *words], input=typed)

    return run


@pytest.fixture
def database(service_database: ServiceDatabase) -> Database:
    """The migrated database of routing."""
    return service_database(ROUTING)


@pytest.fixture
def accounts(linli: Linli, database: Database, tmp_path: Path) -> Linli:
    """The same below `linli accounts`, beside a running routing."""
    keys = new_key_set()
    write_key_set(tmp_path / "keys.json", keys)
    write_key_set(tmp_path / "jwks.json", public(keys))
    variables = {
        "LINLI_ROUTING_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "LINLI_SIGNING_KEYS_FILE": str(tmp_path / "keys.json"),
        "LINLI_JWKS_FILE": str(tmp_path / "jwks.json"),
    }
    return lambda *words, typed=None: linli("accounts", *words, typed=typed, **variables)


def hash_of(database: Database, username: str) -> str:
    with database.read() as connection:
        person = staff.by_username(connection, username)
    assert person is not None
    return str(person.password_hash)


def refused(result: Result) -> str:
    """What a command said that ended with 1 and a sentence, not with a traceback."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.output


def test_an_account_is_made_with_the_password_typed_twice(accounts: Linli, database: Database) -> None:
    made = accounts("create", *LI, "--phone", "138 0000 1111", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    assert Passwords().matches(hash_of(database, "li.wei"), PASSWORD)
    assert published(database, "contact.recorded")[0].data["phone"] == "+8613800001111"
    assert accounts("list").output == "li.wei\thandler\tlinli/east/cuihu\t-\tenabled\n"


def test_what_cannot_be_an_account_is_told_in_a_sentence(accounts: Linli, database: Database) -> None:
    accounts("create", *LI, "--password", PASSWORD)
    again = ("li.wang", *LI[1:])

    assert "in use" in refused(accounts("create", *LI, "--password", PASSWORD))
    assert "8 characters" in refused(accounts("create", *again, "--password", "short"))
    assert "--shifts" in refused(accounts("create", *again, "--password", PASSWORD, "--shifts", "often"))
    assert "--phone" in refused(accounts("create", *again, "--password", PASSWORD, "--phone", "12"))
    assert accounts("create", *again[:-1], " ", "--password", PASSWORD).exit_code == 2
    assert len(accounts("list").output.splitlines()) == 1


def test_an_account_is_closed_and_opened(accounts: Linli, database: Database) -> None:
    accounts("create", *LI, "--password", PASSWORD)

    assert accounts("disable", "li.wei").output == "li.wei: disabled\n"
    assert accounts("list").output.endswith("disabled\n")
    assert accounts("enable", "li.wei").output == "li.wei: enabled\n"
    assert accounts("list").output.endswith("enabled\n")
    assert [event.data["disabled"] for event in published(database, "staff.changed")] == [False, True, False]


def test_a_password_is_replaced(accounts: Linli, database: Database) -> None:
    accounts("create", *LI, "--password", PASSWORD)

    assert accounts("password", "li.wei", typed="battery staple\nbattery staple\n").exit_code == 0

    assert Passwords().matches(hash_of(database, "li.wei"), "battery staple")


@pytest.mark.parametrize("words", [("disable",), ("enable",), ("password", "--password", PASSWORD)])
def test_nobody_of_this_name_is_told_so(accounts: Linli, words: tuple[str, ...]) -> None:
    assert "nobody is called li.wei" in refused(accounts(*words, "li.wei"))


def test_a_new_key_is_shown_before_it_signs_and_the_old_one_stays_valid(linli: Linli, tmp_path: Path) -> None:
    private, shown = tmp_path / "private.json", tmp_path / "public.json"
    where = ("--private", str(private), "--public", str(shown))

    def ids(file: Path) -> list[str]:
        return [key["kid"] for key in json.loads(file.read_text())["keys"]]

    assert linli("keys", "new", *where).exit_code == 0
    first = ids(shown)
    assert "rotate" in refused(linli("keys", "new", *where))
    assert linli("keys", "rotate", *where).exit_code == 0

    assert len(first) == 1
    assert set(first) < set(ids(shown))
    assert private.stat().st_mode & 0o077 == 0
    assert all("d" not in key for key in json.loads(shown.read_text())["keys"])
    private.write_text("{}")
    assert "cannot be read" in refused(linli("keys", "rotate", *where))


@pytest.mark.parametrize("service", [definition.name for definition in SERVICES])
def test_a_database_is_ready_once_it_is_migrated(
    linli: Linli, make_database: MakeDatabase, service: str
) -> None:
    variables = {
        f"LINLI_{service.upper()}_DATABASE_URL": make_database(service),
        "LINLI_JWKS_FILE": "unused",
        "LINLI_SIGNING_KEYS_FILE": "unused",
        "LINLI_INTAKE_CLAIM_SECRET": "s" * 32,
    }

    assert f"linli {service} migrate" in refused(linli(service, "check", **variables))
    for _ in range(2):
        assert linli(service, "migrate", **variables).output == f"{service}: up to date\n"
    assert linli(service, "check", **variables).output == f"{service}: ready\n"


def test_the_broker_is_complete_once_the_topology_is_applied(
    linli: Linli, rabbit_server: RabbitServer, vhost: str
) -> None:
    scheme, rest = rabbit_server.management_url.split("://")
    url = f"{scheme}://{quote(rabbit_server.user)}:{quote(rabbit_server.password)}@{rest}"
    variables = {"LINLI_RABBITMQ_MANAGEMENT_URL": url, "LINLI_RABBITMQ_VHOST": vhost}
    variables |= {f"LINLI_{definition.name.upper()}_AMQP_PASSWORD": "secret" for definition in SERVICES}

    before = refused(linli("topology", "check", **variables))
    for _ in range(2):
        assert linli("topology", "apply", **variables).output == f"virtual host {vhost}: applied\n"
    after = linli("topology", "check", **variables)

    assert "missing: linli.events" in before
    assert (after.exit_code, after.output) == (0, f"virtual host {vhost}: complete\n")
    assert Management(url).missing(topology_of(CATALOGUE), vhost) == []


def test_all_variables_that_are_missing_are_named_at_once(linli: Linli) -> None:
    told = refused(linli("routing", "worker", LINLI_LOG_LEVEL="LOUD"))

    for name in (
        "LINLI_ROUTING_DATABASE_URL",
        "LINLI_SIGNING_KEYS_FILE",
        "LINLI_JWKS_FILE",
        "LINLI_LOG_LEVEL",
    ):
        assert name in told
    assert "LINLI_RABBITMQ_MANAGEMENT_URL" in refused(linli("topology", "apply"))


def test_what_does_not_answer_is_told_in_a_sentence(linli: Linli) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    database = f"postgresql+psycopg://linli:hidden@{nowhere}/linli"
    variables = {"LINLI_ANALYTICS_DATABASE_URL": database, "LINLI_JWKS_FILE": "unused"}
    broker = {"LINLI_RABBITMQ_MANAGEMENT_URL": f"http://guest:hidden@{nowhere}"}
    broker |= {f"LINLI_{definition.name.upper()}_AMQP_PASSWORD": "secret" for definition in SERVICES}

    for told in (
        refused(linli("analytics", "migrate", **variables)),
        refused(linli("analytics", "check", **variables)),
        refused(linli("topology", "apply", **broker)),
    ):
        assert "does not answer" in told
        assert "hidden" not in told
