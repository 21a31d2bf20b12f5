"""Three RabbitMQ nodes of our own on this machine, as one cluster (RELIABILITY, Recipes)."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.chassis.errors import Unavailable
from services.chassis.servers import rabbitmq_node
from services.chassis.servers.account import own_account
from services.chassis.servers.daemon import Daemon, free_port
from services.chassis.servers.rabbitmq_node import Ports
from services.chassis.testing import eventually
from services.chassis.topology import Management

#: Seconds without a sign of life after which a node takes another for gone; by default 60 (RELIABILITY M4).
TICK_SECONDS = 15
_START_SECONDS = 180.0
_CTL_SECONDS = 120.0
#: Seconds within which a node that was away finds back by itself, where it can.
_PATIENCE_SECONDS = 45.0


class Node:
    """One node. Its ports stay the same however often it is killed and started again."""

    def __init__(self, folder: Path, name: str, names_port: int, password: str, cookie: str) -> None:
        self.name = f"{name}@localhost"
        self.ports = Ports(free_port(), free_port(), free_port(), names_port)
        self.password = password
        self._folder = folder
        self._node = Daemon(folder, "rabbit")
        for each in ("log", "mnesia", "generated"):
            (folder / each).mkdir(parents=True, mode=0o700)
        (folder / ".erlang.cookie").touch(mode=0o600)
        (folder / ".erlang.cookie").write_text(cookie)

    def configure(self, peers: Sequence[str]) -> None:
        """Write down of which nodes the cluster is made."""
        rabbitmq_node.write_configuration(self._folder, self.ports, self.password)
        cluster = [
            "cluster_formation.peer_discovery_backend = classic_config",
            *(f"cluster_formation.classic_config.nodes.{at} = {peer}" for at, peer in enumerate(peers, 1)),
            # What decides alone would have to be made whole by hand.
            "cluster_partition_handling = pause_minority",
        ]
        with (self._folder / "rabbitmq.conf").open("a") as file:
            file.write("\n".join([*cluster, ""]))

    def start(self) -> None:
        """Start it; it joins the others by itself."""
        claim = self._node.claim()
        assert claim is not None, f"{self.name} runs"
        program = str(rabbitmq_node.program())
        try:
            self._node.spawn(claim, [program, "-noinput"], self._environment, own_account(), self._folder)
        finally:
            os.close(claim)

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal: SIGKILL as a crash, SIGSTOP to freeze it, SIGCONT to let it go on."""
        os.kill(self.pid(), number)

    def kill(self) -> None:
        """End it as a crash would, frozen or not."""
        self._node.end([(signal.SIGKILL, 30.0)])

    def pid(self) -> int:
        """Process id of the node; ProcessLookupError where it does not run."""
        return self._node.pid()

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` answers."""
        program = rabbitmq_node.program()
        assert program is not None
        done = subprocess.run(
            [str(program.parent / "rabbitmqctl"), "--silent", "-n", self.name, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_CTL_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def management(self) -> Management:
        """Its management interface."""
        return Management(f"http://{rabbitmq_node.USER}:{self.password}@127.0.0.1:{self.ports.management}")

    def log_ending(self) -> str:
        """The end of what it wrote."""
        return self._node.log_ending()

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **rabbitmq_node.environment(self._folder, self.ports),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 1:1 -kernel net_ticktime {TICK_SECONDS}",
        }


class Cluster:
    """Three nodes and their name server below `folder`, which `remove` deletes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        names_port = free_port()
        password, cookie = secrets.token_hex(16), secrets.token_hex(16)
        self.nodes = [
            Node(folder / f"node{at}", f"linli{at}", names_port, password, cookie) for at in (1, 2, 3)
        ]
        self._names = Daemon(folder, "epmd")

    def start(self) -> None:
        """Start all nodes, the first alone so that the others find it, and wait until they are one cluster."""
        self._start_names()
        peers = [node.name for node in self.nodes]
        for node in self.nodes:
            node.configure(peers)
        for node in self.nodes:
            node.start()
            eventually(lambda n=node: n.name in self._running(n), _START_SECONDS, interval=0.5)
        eventually(self._complete, _START_SECONDS, interval=0.5)
        for node in self.nodes:
            ticks = node.control("eval", "net_kernel:get_net_ticktime().").strip()
            assert ticks == str(TICK_SECONDS), ticks

    def amqp_url(self, vhost: str) -> str:
        """All nodes, to be tried in turn."""
        user, host = rabbitmq_node.USER, quote(vhost, safe="")
        return ";".join(
            f"amqp://{user}:{node.password}@127.0.0.1:{node.ports.amqp}/{host}" for node in self.nodes
        )

    def leader(self, vhost: str, queue: str) -> Node:
        """The node that leads a quorum queue."""
        listed = self.nodes[0].control("list_queues", "-p", vhost, "--no-table-headers", "name", "leader")
        leaders = dict(line.split("\t") for line in listed.splitlines() if line)
        return next(node for node in self.nodes if node.name == leaders[queue])

    def whole(self, vhost: str) -> bool:
        """Whether every node runs, and each queue has all its members back."""
        if not self._complete():
            return False
        return all(len(queue.get("online", ())) == len(self.nodes) for queue in self._queues(vhost))

    def make_whole(self, vhost: str) -> int:
        """Wait until it is, and restart what does not find back, as an operator would; returns how many times.

        RabbitMQ 3 leaves a node that was frozen marked as partitioned: it never saw itself in the minority. After a cut
        shorter than the ticks two nodes may each see the third and not one another.
        """
        for restarts in range(len(self.nodes)):
            try:
                eventually(lambda: self.whole(vhost), _PATIENCE_SECONDS, interval=0.5)
            except AssertionError:
                lost = self._most_lost(vhost)
                lost.kill()
                lost.start()
            else:
                return restarts
        eventually(lambda: self.whole(vhost), _START_SECONDS, interval=0.5)
        return len(self.nodes)

    def remove(self) -> None:
        """End every node and the name server, and delete what they kept."""
        for node in self.nodes:
            node.kill()
        self._names.end([(signal.SIGTERM, 10.0)])
        shutil.rmtree(self._folder)

    def _complete(self) -> bool:
        """Whether every node sees all of them run."""
        return all(len(self._running(node)) == len(self.nodes) for node in self.nodes)

    def _most_lost(self, vhost: str) -> Node:
        """The node that fewest see run; among several the one that most queues miss."""
        views = [self._running(node) for node in self.nodes]
        online = [name for queue in self._queues(vhost) for name in queue.get("online", ())]

        def signs(node: Node) -> tuple[int, int]:
            return sum(node.name in view for view in views), online.count(node.name)

        return min(self.nodes, key=signs)

    def _queues(self, vhost: str) -> list[dict[str, Any]]:
        """The queues as the first node that answers shows them."""
        for node in self.nodes:
            with suppress(Unavailable):
                queues: list[dict[str, Any]] = node.management().get(f"/api/queues/{quote(vhost, safe='')}")
                return queues
        return []

    def _running(self, node: Node) -> set[str]:
        """The nodes that run as this one sees it; none where it does not answer."""
        try:
            rows = node.management().get("/api/nodes")
        except Unavailable:
            return set()
        return {row["name"] for row in rows if row["running"]}

    def _start_names(self) -> None:
        claim = self._names.claim()
        assert claim is not None
        port = self.nodes[0].ports.epmd
        environment = {"PATH": f"{rabbitmq_node.erlang_folder()}{os.pathsep}{os.defpath}"}
        command = ["epmd", "-address", "127.0.0.1", "-port", str(port)]
        try:
            self._names.spawn(claim, command, environment, own_account(), self._folder)
        finally:
            os.close(claim)
