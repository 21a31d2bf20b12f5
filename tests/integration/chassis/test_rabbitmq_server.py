"""The private RabbitMQ node, for real."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pytest

import services
from services.chassis.servers.rabbitmq import RabbitServer, installed
from services.chassis.servers.rabbitmq_node import fresh_ports, write_ports
from services.chassis.testing.processes import AS_NOBODY, run_python
from services.chassis.testing.servers import missing
from services.chassis.testing.sockets import listening_addresses


@pytest.fixture
def server(server_folder: Path) -> Iterator[RabbitServer]:
    if not installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    server = RabbitServer(server_folder / "broker")
    yield server
    server.remove()


def connect(url: str) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(url))


def declare(url: str) -> None:
    connection = connect(url)
    connection.channel().queue_declare("kept", durable=True)
    connection.close()


def publish(url: str, body: bytes) -> None:
    connection = connect(url)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_publish("", "kept", body, pika.BasicProperties(delivery_mode=2), mandatory=True)
    connection.close()


def fetch(url: str) -> bytes | None:
    connection = connect(url)
    body: bytes | None = connection.channel().basic_get("kept", auto_ack=True)[2]
    connection.close()
    return body


def outside() -> list[tuple[str, int, int, int]]:
    """Name, mode, owner and time of change of what the machine's own RabbitMQ would touch."""
    home = Path("~").expanduser()
    folders = [Path("/var/lib/rabbitmq"), Path("/etc/rabbitmq"), Path("/var/log/rabbitmq")]
    paths = [path for folder in folders for path in [folder, *folder.rglob("*")] if path.exists()]
    paths += [home, *home.glob(".erlang*")]
    return [(str(path), s.st_mode, s.st_uid, s.st_mtime_ns) for path in paths for s in [path.stat()]]


def test_a_node_keeps_to_its_folder_and_to_this_machine_and_its_messages_outlive_a_kill(
    server: RabbitServer, server_folder: Path
) -> None:
    before = outside()

    server.start()
    names = int((server_folder / "broker" / "epmd.pid").read_text())
    url = server.amqp_url()
    declare(url)

    assert listening_addresses(server.pid()) == {"127.0.0.1"}
    assert listening_addresses(names) <= {"127.0.0.1", "::1"}
    assert os.getsid(server.pid()) == server.pid()
    assert stat.S_IMODE((server_folder / "broker" / "password").stat().st_mode) == 0o600
    assert server.password not in Path(f"/proc/{server.pid()}/cmdline").read_text()

    # The node writes a new queue down at its leisure, but at a stop at the latest; a confirmed message is on the disk.
    server.stop()
    server.start()
    publish(url, b"kept")
    server.kill()
    assert not server.running()
    server.start()

    assert server.amqp_url() == url
    assert fetch(url) == b"kept"

    names = int((server_folder / "broker" / "epmd.pid").read_text())
    server.stop()
    server.stop()

    assert not server.running()
    assert not Path(f"/proc/{names}").exists() or Path(f"/proc/{names}/stat").read_text().split()[2] == "Z"
    assert outside() == before


def test_a_node_whose_parent_was_killed_is_adopted_and_its_recycled_number_is_not(
    server: RabbitServer, server_folder: Path
) -> None:
    run_python(
        f"""
import os, signal
from pathlib import Path
from services.chassis.servers.rabbitmq import RabbitServer
server = RabbitServer(Path({str(server_folder / "broker")!r}))
server.start()
server.create_vhost("of the dead parent")
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    left_behind = server.pid()

    server.start()

    assert server.pid() == left_behind
    connect(server.amqp_url("of the dead parent")).close()

    server.kill()
    bystander = subprocess.Popen(["/bin/sleep", "600"])
    try:
        (server_folder / "broker" / "rabbit.pid").write_text(f"{bystander.pid}\n")
        assert not server.running()
        server.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_port_taken_meanwhile_is_given_up(server: RabbitServer, server_folder: Path) -> None:
    ports = fresh_ports()
    (server_folder / "broker").mkdir()
    write_ports(server_folder / "broker" / "ports.json", ports)

    with socket.create_server(("127.0.0.1", ports.amqp)):
        server.start()

    assert urlsplit(server.amqp_url()).port != ports.amqp
    connect(server.amqp_url()).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_starts_a_node_of_his_own(server_folder: Path) -> None:
    if not installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    if shutil.which("setpriv") is None or run_python("", *AS_NOBODY).returncode != 0:
        pytest.skip("user nobody cannot run this Python here")
    server_folder.chmod(0o777)

    ran = run_python(
        f"""
from pathlib import Path
from services.chassis.servers.rabbitmq import RabbitServer
server = RabbitServer(Path({str(server_folder / "broker")!r}))
server.start()
print(Path(f"/proc/{{server.pid()}}").stat().st_uid)
server.remove()
""",
        *AS_NOBODY,
    )

    assert ran.stdout == "65534\n", ran.stderr
    assert list(server_folder.iterdir()) == []


def test_a_wrong_password_is_refused_by_amqp_and_management(rabbit_server: RabbitServer) -> None:
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        connect(rabbit_server.amqp_url().replace(rabbit_server.password, "guessed"))
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        connect(rabbit_server.amqp_url().replace(f"linli:{rabbit_server.password}", "guest:guest"))

    management = HTTPConnection(urlsplit(rabbit_server.management_url).netloc)
    management.request("GET", "/api/overview")
    assert management.getresponse().status == 401
    management.close()


def test_the_fixture_gives_each_test_a_virtual_host(rabbit_server: RabbitServer, vhost: str) -> None:
    declare(rabbit_server.amqp_url(vhost))
    publish(rabbit_server.amqp_url(vhost), b"mine")

    assert fetch(rabbit_server.amqp_url(vhost)) == b"mine"


def test_the_next_test_sees_no_queue_of_it(rabbit_server: RabbitServer, vhost: str) -> None:
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="no queue 'kept'"):
        fetch(rabbit_server.amqp_url(vhost))


def test_where_rabbitmq_is_missing_the_package_to_install_is_named() -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pathlib import Path\n"
            "from services.chassis.servers.rabbitmq import RabbitServer\n"
            "RabbitServer(Path('broker')).start()",
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(services.__path__[0]).parent,
        env={"PATH": "/nowhere"},
    )

    assert "install the package rabbitmq-server" in ran.stderr
