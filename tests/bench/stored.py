"""What a group has after years: closed complaints in all four databases, loaded by COPY and kept as templates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice, product

from services.intake.domain.numbers import ALPHABET
from tests.bench.group import ESTATES, path_of
from tests.bench.messages import text
from tests.bench.ours import Ours

_DAYS = 700
_CHUNK = 5_000
_HALF = ["".join(letters) for letters in product(ALPHABET, repeat=3)]
_TEXTS = [text(at) for at in range(240)]
#: By this odd number the counting becomes a walk through all 2^30 random parts of a number.
_STRIDE = 0x2545F491


class _Complaints:
    """`number` complaints of the past, each the same in every database."""

    def __init__(self, number: int) -> None:
        self._number = number
        last = date.today() - timedelta(days=2)  # noqa: DTZ011
        self._days = [last - timedelta(days=_DAYS - at) for at in range(_DAYS)]

    def __iter__(self) -> Iterator[tuple[int, str, str, str]]:
        """Position, number, estate, instant of the receipt."""
        for at in range(self._number):
            day = self._days[at * _DAYS // self._number]
            drawn = at * _STRIDE & 0x3FFFFFFF
            name = f"TS-{day:%Y%m%d}-{_HALF[drawn >> 15]}{_HALF[drawn & 0x7FFF]}"
            yield at, name, ESTATES[at % len(ESTATES)], f"{day} {at % 24:02d}:{at % 60:02d}:{at % 59:02d}+00"


#: By service: table and columns, and what a complaint has there, as lines of COPY's text format.
_ROWS: dict[str, dict[str, Callable[[int, str, str, str], str]]] = {
    "intake": {
        "complaints (number, estate, channel, kind, text, received_at, recorded_at, anonymous, claim_digest)": (
            lambda at, number, estate, when: (
                f"{number}\t{estate}\tphone\tcomplaint\t{_TEXTS[at % 240]}\t{when}\t{when}\tf\t\\\\x{at:064x}\n"
            )
        ),
        "case_states (number, status, version)": lambda at, number, estate, when: f"{number}\tclosed\t7\n",
        "streams (subject, version)": lambda at, number, estate, when: f"{number}\t1\n",
        "timeline (event_id, number, what, at)": lambda at, number, estate, when: (
            f"{_uuid(at, 1)}\t{number}\tassigned\t{when}\n{_uuid(at, 2)}\t{number}\tclosed\t{when}\n"
        ),
    },
    "routing": {
        "cases (number, estate, channel, kind, text, anonymous, received_at, recorded_at, category, category_rule, "
        "urgency, urgency_rule, pack, status, round, answered_at, resolved_at, closed_at, closed_as, historical)": (
            lambda at, number, estate, when: (
                f"{number}\t{estate}\tphone\tcomplaint\t{_TEXTS[at % 240]}\tf\t{when}\t{when}\tfacility.lift\tstored\t"
                f"normal\tstored\tstored\tclosed\t1\t{when}\t{when}\t{when}\tsatisfied\tf\n"
            )
        ),
        "work_orders (id, number, estate, round, department, assignee, status, created_at, due_at, assigned_at, "
        "accepted_at, answered_at, resolved_at, signed_off_at)": (
            lambda at, number, estate, when: (
                f"{_uuid(at, 3)}\t{number}\t{estate}\t1\tengineering\tstored-{at % 100}\tsigned_off\t"
                + "\t".join([when] * 7)
                + "\n"
            )
        ),
        "clocks (number, name, started_at, target_seconds, due_at, stopped_at)": lambda at, number, estate, when: (
            "".join(
                f"{number}\t{name}\t{when}\t1800\t{when}\t{when}\n"
                for name in ("record", "dispatch", "answer")
            )
        ),
        "timeline (number, at, entry)": lambda at, number, estate, when: "".join(
            f"{number}\t{when}\t{entry}\n" for entry in ("classified", "assigned", "closed")
        ),
        "streams (subject, version)": lambda at, number, estate, when: f"{number}\t7\n",
    },
    "notification": {
        "cases (number, estate, path, kind, received_at, ended_version)": lambda at, number, estate, when: (
            f"{number}\t{estate}\t{path_of(estate)}\tcomplaint\t{when}\t7\n"
        ),
    },
    "analytics": {
        "facts (generation, number, registered_version, estate, channel, kind, received_at, classified_version, "
        "category, assigned_at, answered_at, resolved_version, resolved_at, closed_version)": (
            lambda at, number, estate, when: (
                f"1\t{number}\t1\t{estate}\tphone\tcomplaint\t{when}\t1\tfacility.lift\t{when}\t{when}\t6\t{when}\t7\n"
            )
        ),
    },
}


def restore(ours: Ours, number: int, *services: str) -> None:
    """Let the databases of these services hold the group and so many complaints; the first time they are loaded."""
    for service in services:
        template = f"stored_{service}_{number}"
        if not ours.has(template):
            ours.restore(service)
            _load(ours, service, number)
            ours.copy(f"linli_{service}", template, service)
        ours.copy(template, f"linli_{service}", service)
    ours.machine.checkpoint()


def _load(ours: Ours, service: str, number: int) -> None:
    print(
        f"正在载入 {number} 条投诉 | loading {number} complaints into {service}", file=sys.stderr, flush=True
    )
    with ours.machine.connect(f"linli_{service}") as connection:
        # References hold by the way the rows are made; checking a million of them takes as long as writing them.
        connection.execute("SET session_replication_role = replica")
        for table, line in _ROWS[service].items():
            lines = (line(*complaint) for complaint in _Complaints(number))
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                while chunk := "".join(islice(lines, _CHUNK)):
                    copy.write(chunk)
        connection.execute("VACUUM ANALYZE")


def _uuid(at: int, kind: int) -> str:
    return f"{at:08x}-0000-7000-8000-{kind:012x}"
