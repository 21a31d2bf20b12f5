"""`linli up` and `linli down`, with real servers and every role a process of its own (DESIGN §3)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import requests
from sqlalchemy import make_url

from services.chassis.platform import conninfo
from services.chassis.servers import rabbitmq
from services.chassis.servers.daemon import Daemon, free_port, port_is_free
from services.chassis.servers.postgres_programs import installed_binaries
from services.chassis.settings import environment
from services.chassis.testing import eventually
from services.chassis.testing.servers import missing
from services.chassis.testing.sockets import listening_addresses
from services.onemachine.processes import RoleProcess
from services.sample import content
from services.sample.client import Client
from services.sample.story import PASSWORD

START_SECONDS = 120.0
PROCESSES = 9


@dataclass
class Machine:
    """One installation of `linli up` in a folder and on ports of its own."""

    home: Path
    port: int
    up: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.home / "up"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        base = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
        return {
            **base,
            "LINLI_HOME": str(self.home),
            "LINLI_HTTP_PORT": str(self.port),
            "LINLI_LOG_LEVEL": "WARNING",
        }

    def start(self) -> None:
        """Start `linli up` and wait until everything answers."""
        with (self.home / "output").open("ab") as output:
            self.up.append(
                subprocess.Popen(command("up"), env=self.environment, stdout=output, stderr=output)
            )
        eventually(lambda: self._ready_or_ended(), timeout=START_SECONDS, interval=0.2)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of `linli` beside it."""
        whole = command("--env-file", str(self.folder / "env"), *arguments)
        return subprocess.run(
            whole, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )

    def role(self, name: str) -> RoleProcess:
        return RoleProcess(name, self.folder / "run")

    def roles(self) -> list[str]:
        return sorted(file.stem for file in (self.folder / "run").glob("*.pid"))

    def environment_of(self, role: str) -> dict[str, str]:
        words = Path(f"/proc/{self.role(role).pid()}/environ").read_bytes().decode().split("\0")
        return dict(word.split("=", 1) for word in words if "=" in word)

    def _ready_or_ended(self) -> bool:
        if self.up[-1].poll() is not None:
            pytest.fail((self.home / "output").read_text())
        return (self.folder / "ready").exists()


def command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "services", *arguments]


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = free_port()
        if all(port_is_free(first + number) for number in range(count)):
            return first


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A running installation that knows the sample's estates and staff."""
    if not rabbitmq.installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    if installed_binaries() is None:
        missing("PostgreSQL is not installed (package postgresql)")
    home = Path(tempfile.mkdtemp(prefix="linli-test-"))
    home.chmod(0o755)
    machine = Machine(home, free_ports(PROCESSES))
    try:
        machine.start()
        open_for_business(machine)
        yield machine
    finally:
        machine.run("reset")
        for process in machine.up:
            process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def open_for_business(machine: Machine) -> None:
    """Make the first account, and with it the estates and the people."""
    account = ["--name", "集团", "--role", "group", "--path", "linli", "--password", PASSWORD]
    made = machine.run("accounts", "create", "chief", *account)
    assert made.returncode == 0, made.stderr
    chief = Client(machine.url).signed_in("chief", PASSWORD)
    chief.post("/api/intake/estates/import", content.table("estates"), key="estates")
    chief.post("/api/routing/departments/import", content.table("departments"), key="departments")
    chief.post("/api/routing/staff/import", content.staff(PASSWORD), key="staff")


def complaint(machine: Machine) -> str:
    """Submit a complaint over the gateway; returns its number."""
    example = next(each for each in content.examples() if each.body["channel"] == "web")
    number: str = Client(machine.url).post("/api/intake/complaints", example.body)["number"]
    return number


def wait_until_assigned(machine: Machine, number: str) -> None:
    """Ask for its progress, not more often than a resident may."""

    def assigned() -> bool:
        return bool(Client(machine.url).get(f"/api/intake/complaints/{number}")["status"] == "assigned")

    eventually(assigned, timeout=30, interval=1)


def test_a_complaint_sent_to_the_gateway_is_assigned(machine: Machine) -> None:
    number = complaint(machine)

    wait_until_assigned(machine, number)


def test_each_process_knows_its_own_secrets_alone(machine: Machine) -> None:
    web, worker = machine.environment_of("intake-web"), machine.environment_of("intake-worker")

    assert "LINLI_AMQP_URL" not in web
    assert worker["LINLI_AMQP_URL"].startswith("amqp://linli-intake:")
    for variables in (web, worker):
        assert "LINLI_SIGNING_KEYS_FILE" not in variables
        assert "LINLI_RABBITMQ_MANAGEMENT_URL" not in variables
        assert [name for name in variables if name.endswith("DATABASE_URL")] == ["LINLI_INTAKE_DATABASE_URL"]


def test_a_service_cannot_enter_the_database_of_another(machine: Machine) -> None:
    own = machine.environment_of("intake-web")["LINLI_INTAKE_DATABASE_URL"]
    foreign = make_url(own).set(database="linli_routing").render_as_string(hide_password=False)

    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(conninfo(foreign))


def test_the_broker_holds_what_the_contracts_ask_for(machine: Machine) -> None:
    checked = machine.run("topology", "check")

    assert checked.returncode == 0, checked.stderr


def test_commands_beside_it_have_a_private_file_of_variables(machine: Machine) -> None:
    file = machine.folder / "env"

    assert file.stat().st_mode & 0o077 == 0
    assert "LINLI_ANALYTICS_DATABASE_URL" in environment({}, file)


def test_everything_listens_on_this_machine_only(machine: Machine) -> None:
    sessions = [pid for name in machine.roles() if (pid := machine.role(name).pid()) is not None]

    assert len(sessions) == PROCESSES
    assert {address for session in sessions for address in listening_addresses(session)} == {"127.0.0.1"}


def test_the_gateway_passes_on_the_answer_to_a_body_that_is_too_long(machine: Machine) -> None:
    answer = requests.post(
        f"{machine.url}/api/intake/complaints",
        data=b"x" * 5_000_000,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )

    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_second_start_beside_it_is_refused(machine: Machine) -> None:
    second = machine.run("up")

    assert second.returncode == 1
    assert "runs already" in second.stderr


@pytest.mark.parametrize("role", ["routing-worker", "intake-web"])
def test_a_killed_process_comes_back(machine: Machine, role: str) -> None:
    # Given
    killed = machine.role(role).pid()
    assert killed is not None

    # When
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: machine.role(role).pid() not in (None, killed), timeout=30)

    # Then
    eventually(lambda: requests.get(f"{machine.url}/readyz", timeout=10).ok, timeout=30)
    number = complaint(machine)
    wait_until_assigned(machine, number)


def test_the_next_start_takes_over_what_a_killed_one_left(machine: Machine) -> None:
    # Given
    number = complaint(machine)
    before = {name: machine.role(name).pid() for name in machine.roles()}
    machine.up[-1].kill()
    machine.up[-1].wait()
    (machine.folder / "ready").unlink()

    # When
    machine.start()

    # Then
    assert all(machine.role(name).pid() != pid for name, pid in before.items())
    wait_until_assigned(machine, number)


def test_down_leaves_no_process_and_no_port(machine: Machine) -> None:
    # Given
    servers = [Daemon(machine.folder / "rabbitmq", name) for name in ("rabbit", "epmd")]
    servers.append(Daemon(machine.folder / "postgres", "postgres"))
    assert all(server.running() for server in servers)

    # When
    stopped = machine.run("down")

    # Then
    assert stopped.returncode == 0, stopped.stderr
    assert machine.up[-1].wait(10) == 0
    assert not any(server.running() for server in servers)
    assert not any(machine.role(name).running() for name in machine.roles())
    assert all(port_is_free(machine.port + number) for number in range(PROCESSES))


def test_a_missing_package_is_named_in_both_languages(tmp_path: Path) -> None:
    environment = {"PATH": "", "LINLI_HOME": str(tmp_path)}

    answer = subprocess.run(
        command("up"), env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert answer.returncode == 1
    assert "请安装软件包 rabbitmq-server" in answer.stderr
    assert "install the package rabbitmq-server" in answer.stderr
    assert not (tmp_path / "up").exists()
