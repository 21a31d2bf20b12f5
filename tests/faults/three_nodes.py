"""Three brokers, one of which dies, freezes or is cut off (F7–F9, M4, M6): `python -m tests.faults.three_nodes`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.chassis.errors import Unavailable
from services.chassis.testing import eventually
from services.chassis.topology import topology_of
from services.chassis.transport import Message, queue_of
from services.chassis.transport.rabbitmq import CONFIRM_TIMEOUT, RabbitTransport
from tests.faults import partitions
from tests.faults.cluster import Cluster, Node
from tests.faults.figures import report
from tests.faults.sizes import size
from tests.faults.traffic import Traffic, traffic
from tests.integration.chassis.conftest import CATALOGUE

VHOST = "linli"
QUEUE = queue_of("ledger")
#: Longest gaps between confirms, in seconds (RELIABILITY, catalogue).
KILL_GAP, FREEZE_GAP, PARTITION_GAP = 2.0, 25.0, 20.0
_AGAIN_SECONDS = 120.0
_MODE = "three nodes"


@dataclass
class Case:
    """One case: what is done to the cluster, round for round, and how long nothing was confirmed."""

    cluster: Cluster
    traffic: Traffic
    gaps: list[float] = field(default_factory=list)
    restarted: int = 0

    @contextmanager
    def round(self) -> Iterator[None]:
        """Measure from now until sales come through again and the cluster is whole: one fault at a time."""
        start = time.monotonic()
        yield
        healed = time.monotonic()
        eventually(lambda: self.traffic.flows(healed), _AGAIN_SECONDS)
        self.gaps.append(self.traffic.confirmed.longest(start, time.monotonic()))
        self.restarted += self.cluster.make_whole(VHOST)

    @property
    def leader(self) -> Node:
        """Where the queue is led."""
        return self.cluster.leader(VHOST, QUEUE)

    @property
    def followers(self) -> list[Node]:
        """The other nodes."""
        leader = self.leader
        return [node for node in self.cluster.nodes if node is not leader]

    def kill_leader(self) -> None:
        """F7: the leader dies, and is started again once the others go on without it."""
        leader = self.leader
        with self.round():
            killed = time.monotonic()
            leader.kill()
            eventually(lambda: self.traffic.flows(killed), _AGAIN_SECONDS)
            leader.start()

    def freeze(self, node: Node, seconds: float) -> None:
        """F8: a node answers nobody for a while."""
        with self.round():
            node.signal(signal.SIGSTOP)
            _wait(seconds)
            node.signal(signal.SIGCONT)

    def cut(self, links: list[tuple[Node, Node]], seconds: float) -> None:
        """F9: packets between nodes are lost for a while."""
        with self.round(), partitions.cut(links):
            _wait(seconds)


def leader_killed(case: Case, small: bool) -> float:
    """F7, and of M4 the killed leader."""
    for _ in range(2 if small else size(full=30, suite=2)):
        case.kill_leader()
    return KILL_GAP


def node_frozen(case: Case, small: bool) -> float:
    """F8, and of M4 the frozen leader: the leader, a follower, and the node that relay and worker try first."""
    chosen: list[Callable[[], Node]] = [
        lambda: case.leader,
        lambda: case.followers[0],
        lambda: case.cluster.nodes[0],
    ]
    for choose in chosen:
        for _ in range(1 if small else size(full=10, suite=1)):
            case.freeze(choose(), 20.0 if small else 60.0)
    return FREEZE_GAP


def partitioned(case: Case, small: bool) -> float:
    """F9: one node alone, be it the leader or the one that our clients try first, and one link cut."""
    for seconds in [20.0] if small else [10.0, 30.0, 180.0]:
        for _ in range(1 if small else size(full=2, suite=1)):
            first, others = case.cluster.nodes[0], case.cluster.nodes[1:]
            leader, followers = case.leader, case.followers
            case.cut([(leader, follower) for follower in followers], seconds)
            case.cut([(first, other) for other in others], seconds)
            case.cut([(others[0], others[1])], seconds)
            case.cut([(leader, followers[0])], seconds)
    return PARTITION_GAP


def quorum_lost(cluster: Cluster) -> float:
    """M6: with two of three dead a publish fails in time, and one after their return does not. Returns its seconds."""
    publisher = RabbitTransport(cluster.amqp_url(VHOST)).publisher()
    sale = Message("00000000-0000-7000-8000-000000000000", "shop.closed", b"{}")
    assert publisher.publish([sale]) == [True]
    for node in cluster.nodes[1:]:
        node.kill()
    asked = time.monotonic()
    try:
        publisher.publish([sale])
    except Unavailable:
        taken = time.monotonic() - asked
    else:
        raise AssertionError("a message was confirmed by a minority")
    finally:
        for node in cluster.nodes[1:]:
            node.start()
        cluster.make_whole(VHOST)
    assert publisher.publish([sale]) == [True]
    publisher.close()
    assert taken < CONFIRM_TIMEOUT + 2, taken
    return taken


_CASES = {"F7": leader_killed, "F8": node_frozen, "F9": partitioned}


def main(arguments: list[str]) -> int:
    """Run the cases; the exit status tells whether all are green."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.three_nodes", description=__doc__)
    parser.add_argument("cases", nargs="*", default=[*_CASES, "M6"], help="F7 F8 F9 M6; all by default")
    parser.add_argument("--small", action="store_true", help="one or two rounds of each")
    asked = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    green = True
    with _cluster() as cluster, tempfile.TemporaryDirectory(prefix="linli-test-") as folder:
        Path(folder).chmod(0o755)
        for name in [name for name in asked.cases if name in _CASES]:
            if name == "F9" and not partitions.possible():
                print("F9 left out: it needs root and iptables")
                continue
            green &= _run(name, cluster, Path(folder) / name, asked.small)
        if "M6" in asked.cases:
            print(f"M6: a publish without a quorum failed after {quorum_lost(cluster):.1f} s")
    return 0 if green else 1


def _run(name: str, cluster: Cluster, folder: Path, small: bool) -> bool:
    folder.mkdir(mode=0o755)
    transport = RabbitTransport(cluster.amqp_url(VHOST))
    with traffic(transport, folder) as sales:
        eventually(lambda: sales.flows(0.0), _AGAIN_SECONDS)
        case = Case(cluster, sales)
        allowed = _CASES[name](case, small)
        result = sales.result()
    late = [gap for gap in case.gaps if gap > allowed]
    figures = {"too_late": len(late), "restarted": case.restarted}
    report(name, _MODE, result, kills=len(case.gaps), recoveries=case.gaps, **figures)
    return result.green and not late


@contextmanager
def _cluster() -> Iterator[Cluster]:
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="linli-test-")))
    try:
        cluster.start()
        management = cluster.nodes[0].management()
        management.apply(topology_of(CATALOGUE), VHOST, {})
        cluster.make_whole(VHOST)
        yield cluster
    finally:
        cluster.remove()


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
