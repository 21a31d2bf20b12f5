"""F24: connections to the broker and the database are reset again and again while all services work."""

from __future__ import annotations

import random
from pathlib import Path
from time import monotonic

from services.chassis.testing import eventually
from services.chassis.testing.sockets import open_sockets
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

ESTATE = "poplar"
VHOST = "linli"
#: Seconds for all consumers to come back after a reset.
_BACK = 10.0
#: A worker may come to need so much more: descriptors for its pool of sessions, and memory in MB and as a share.
_DESCRIPTORS, _MEGABYTES, _SHARE = 8, 4.0, 0.05
#: Between two resets, in seconds.
_SHORTEST, _LONGEST = 1.0, 5.0
#: About twenty minutes of resets.
_TIMES = size(full=400, suite=2)


def test_resets_share_no_socket_stop_no_consumer_and_leak_nothing(
    exposed: Exposed, view: View, journal: Journal
) -> None:
    # Given
    dead, recoveries, moments = view.dead_letters(), [], random.Random(1)
    workers = exposed.workers
    with Residents(exposed.installation.people.public, ESTATE, journal, pause=0.05) as residents:
        residents.reach(10)
        before: dict[str, dict[str, float]] = {}

        # When
        for times in range(_TIMES):
            if times == _TIMES // 2:
                before = {role: used(pid) for role, pid in workers.items()}
            gone, began = consumers(exposed), monotonic()
            exposed.broker_line.reset()
            exposed.database_line.reset()
            eventually(lambda gone=gone: len(consumers(exposed) - gone) == len(gone), _BACK, interval=0.2)
            recoveries.append(monotonic() - began)
            pause = moments.uniform(_SHORTEST, _LONGEST)
            eventually(lambda began=began, pause=pause: monotonic() - began >= pause)
        residents.reach(residents.accepted + 10)

    # Then the same processes hold their own sockets, and not more of anything
    assert exposed.workers == workers
    held = [established(pid) for pid in workers.values() if pid]
    assert sum(map(len, held)) == len(set.union(*held)) > 0
    result = settled(exposed.installation, view, ESTATE, journal, dead_letters=dead)
    after = {role: used(pid) for role, pid in workers.items()}
    report("F24", "up", result, kills=_TIMES, recoveries=recoveries, before=before, after=after)
    for role, now in after.items():
        assert now["threads"] == before[role]["threads"], role
        assert now["descriptors"] <= before[role]["descriptors"] + _DESCRIPTORS, role
        assert now["megabytes"] <= before[role]["megabytes"] * (1 + _SHARE) + _MEGABYTES, role


def consumers(exposed: Exposed) -> set[tuple[str, str]]:
    """Queue and connection of each consumer the broker knows."""
    return {
        (each["queue"]["name"], each["channel_details"].get("connection_name", ""))
        for each in exposed.management.get(f"/api/consumers/{VHOST}")
        if each["channel_details"]
    }


def established(pid: int) -> set[str]:
    """Inodes of a process' TCP connections."""
    tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    inodes = {line.split()[9] for lines in tables for line in lines if line.split()[3] == "01"}
    return open_sockets(pid) & inodes


def used(pid: int | None) -> dict[str, float]:
    """What a process holds of the machine."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return {
        "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": int(status["Threads"]),
        "megabytes": int(status["VmRSS"].split()[0]) / 1024,
    }
