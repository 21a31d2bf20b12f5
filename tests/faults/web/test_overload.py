"""H3: ten times as many as can be served. The surplus is refused at once, and those let in hardly notice."""

from __future__ import annotations

from time import monotonic

import pytest
import requests

from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.sizes import SUITE, chosen, size
from tests.faults.web.crowd import crowd
from tests.faults.web.process import StartWeb, Web

THREADS, WAITING = 4, 2
#: As many as can be served without anybody being refused, and ten times as many.
CAPACITY = THREADS + WAITING
CROWD = 10 * CAPACITY
#: How much longer the slowest hundredth of those let in may wait, where the crowd needs the same cores; seconds until all is as
#: before; more memory, in MB.
SLOWER, BACK, MORE_MEMORY = 3.0, 30.0, 64.0
#: On a machine that runs other tests beside this one a ratio of two short runs says little.
_TOLERANCE = 5.0


@pytest.fixture
def intake(start_web: StartWeb) -> Web:
    """One that is easily too much for."""
    return start_web(LINLI_HTTP_THREADS=str(THREADS), LINLI_HTTP_MOST_WAITING=str(WAITING))


def test_the_surplus_is_refused_and_those_let_in_hardly_notice(intake: Web, journal: Journal) -> None:
    # Given
    seconds = size(full=600, suite=2)
    crowd(intake, journal, CAPACITY, seconds / 3)
    normal, memory = crowd(intake, journal, CAPACITY, seconds), intake.megabytes()
    slower = SLOWER * (_TOLERANCE if chosen() == SUITE else 1.0)

    # When
    much = crowd(intake, journal, CROWD, seconds)
    probed = requests.get(f"http://127.0.0.1:{intake.port}/readyz", timeout=5)
    ended = monotonic()
    after = crowd(intake, journal, CAPACITY, seconds)

    # Then
    assert (normal.others, much.others, after.others) == ([], [], [])
    assert much.seconds
    assert much.refused
    assert all(status == 503 and int(again or 0) > 0 for status, again in much.refused)
    assert much.p99 <= slower * normal.p99
    assert intake.megabytes() <= memory + MORE_MEMORY
    assert probed.ok
    assert after.p99 <= slower * normal.p99
    assert monotonic() - ended <= BACK + seconds
    result = intake.result(journal)
    assert result.green, result
    report(
        "H3",
        "intake",
        result,
        kills=0,
        p99={"normal": normal.p99, "much": much.p99, "after": after.p99},
        rate={"normal": len(normal.seconds) / seconds, "much": len(much.seconds) / seconds},
        surplus=len(much.refused),
        megabytes=[memory, intake.megabytes()],
    )
