"""A private RabbitMQ node."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

from services.chassis.servers import rabbitmq_node
from services.chassis.servers.account import own_account
from services.chassis.servers.daemon import Daemon, ServerError, wait_for
from services.chassis.servers.files import kept_secret
from services.chassis.servers.rabbitmq_node import Ports

_START_SECONDS = 90.0
_PORT_ATTEMPTS = 5


def installed() -> bool:
    """Whether this machine has RabbitMQ."""
    return rabbitmq_node.program() is not None and rabbitmq_node.erlang_folder() is not None


class RabbitServer:
    """A single node with its data, cookie, logs and name server (epmd) in `folder`, on 127.0.0.1 alone.

    Its ports stay the same over restarts. It runs as the user who starts it, root included.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._node = Daemon(self._folder, "rabbit")
        self._names = Daemon(self._folder, "epmd")
        self._ports_file = self._folder / "ports.json"

    user = rabbitmq_node.USER

    @property
    def password(self) -> str:
        """The generated password of `user`, made at the first call."""
        return kept_secret(self._folder / "password", lambda: secrets.token_hex(16))

    @property
    def management_url(self) -> str:
        """Base of the management interface, without credentials."""
        return f"http://127.0.0.1:{self._ports().management}"

    def amqp_url(self, vhost: str = "/") -> str:
        """AMQP URL of a virtual host, password included."""
        return f"amqp://{self.user}:{self.password}@127.0.0.1:{self._ports().amqp}/{quote(vhost, safe='')}"

    def start(self) -> None:
        """Start the node and wait until AMQP and the management interface answer; adopt it if it runs.

        Raises ServerError with the end of the log, or naming the package that is missing.
        """
        if not installed():
            raise ServerError("RabbitMQ is missing: install the package rabbitmq-server")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not wait_for(self._adopted_or_started, _START_SECONDS):
            raise self._failure("runs but does not answer to our password")

    def stop(self) -> None:
        """Stop the node in order, then its name server."""
        if not self._node.end([(signal.SIGTERM, 30.0), (signal.SIGKILL, 10.0)]):
            raise self._failure("did not stop")
        self._names.end([(signal.SIGTERM, 10.0)])

    def kill(self) -> None:
        """End the node as a crash would, for fault tests; its name server stays."""
        if not self._node.end([(signal.SIGKILL, 30.0)]):
            raise self._failure("did not end")

    def remove(self) -> None:
        """End the node and remove everything it ever kept; an orderly stop would save what is thrown away."""
        self.kill()
        self._names.end([(signal.SIGTERM, 10.0)])
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def running(self) -> bool:
        """Whether the node lives."""
        return self._node.running()

    def pid(self) -> int:
        """Process id of the running node; ProcessLookupError where none runs."""
        return self._node.pid()

    def create_vhost(self, name: str) -> None:
        """Create a virtual host in which `user` may do everything."""
        self._must("PUT", f"/api/vhosts/{quote(name, safe='')}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._must("PUT", f"/api/permissions/{quote(name, safe='')}/{self.user}", everything)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all it holds."""
        self._must("DELETE", f"/api/vhosts/{quote(name, safe='')}")

    def _adopted_or_started(self) -> bool:
        claim = self._node.claim()
        if claim is None:
            return self._answers()
        try:
            self._start(claim)
        finally:
            os.close(claim)
        return True

    def _start(self, claim: int) -> None:
        program = str(rabbitmq_node.program())
        for name in ("log", "mnesia", "generated"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        kept_secret(self._folder / ".erlang.cookie", lambda: secrets.token_hex(16))
        for _ in range(_PORT_ATTEMPTS):
            ports = self._choose_ports()
            if not self._start_names(ports):
                continue
            rabbitmq_node.write_configuration(self._folder, ports, self.password)
            environment = rabbitmq_node.environment(self._folder, ports)
            self._node.spawn(claim, [program, "-noinput"], environment, own_account(), self._folder)
            wait_for(lambda: self._node.ended() or self._answers(), _START_SECONDS)
            if not self._node.ended() and self._answers():
                return
            self._node.give_up()
            self._names.end([(signal.SIGTERM, 10.0)])
            if ports.all_free():
                break
        raise self._failure("did not start")

    def _choose_ports(self) -> Ports:
        """Keep the ports of before, unless another has taken one meanwhile."""
        if self._names.running():
            # Left by a node that crashed; a new one is quick, and then every port can be judged alike.
            self._names.end([(signal.SIGTERM, 10.0)])
        if not self._ports_file.exists() or not self._ports().all_free():
            rabbitmq_node.write_ports(self._ports_file, rabbitmq_node.fresh_ports())
        return self._ports()

    def _start_names(self, ports: Ports) -> bool:
        """Start the name server ourselves: the one Erlang would start is a daemon without an owner."""
        claim = self._names.claim()
        if claim is None:
            return False
        try:
            self._names.spawn(
                claim,
                ["epmd", "-address", "127.0.0.1", "-port", str(ports.epmd)],
                rabbitmq_node.environment(self._folder, ports),
                own_account(),
                self._folder,
            )
            wait_for(lambda: self._names.ended() or _accepts(ports.epmd), 10.0)
            return not self._names.ended()
        finally:
            os.close(claim)

    def _ports(self) -> Ports:
        return rabbitmq_node.read_ports(self._ports_file)

    def _answers(self) -> bool:
        try:
            return _accepts(self._ports().amqp) and self._management("GET", "/api/overview")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _management(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._ports().management, timeout=10)
        credentials = b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _must(self, method: str, path: str, body: object = None) -> None:
        status, answer = self._management(method, path, body)
        if status >= 300:
            raise ServerError(f"RabbitMQ answered {status} to {method} {path}: {answer.decode()}")

    def _failure(self, what: str) -> ServerError:
        return ServerError(f"RabbitMQ in {self._folder} {what}; {self._node.log_ending()}")


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
