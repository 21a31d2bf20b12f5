"""H4: clients that never come to an end of their request keep no thread, and are sent away."""

from __future__ import annotations

import re
import threading
from contextlib import closing
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket

import pytest

from services.chassis.http.arrivals import ARRIVAL_SECONDS
from services.chassis.testing import eventually
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.sizes import SUITE, chosen, size
from tests.faults.web.crowd import crowd
from tests.faults.web.process import StartWeb, Web
from tests.faults.web.slow import IDLE, SLOW_BODY, SLOW_HEADERS, ended, hesitating

#: Others beside them, and how much longer the slowest hundredth of their requests may take.
OTHERS, SLOWER = 4, 2.0
#: Beside other tests a ratio of two short runs says little.
_TOLERANCE = 5.0
#: Between two pieces of a request, and more than gunicorn keeps a connection that is idle.
_PIECE_SECONDS, _LONGER_THAN_KEPT = 0.005, 2.4
_BODY = '{"estate": "E1", "channel": "app", "text": "门口的灯不亮。"}'.encode()
REQUEST = (
    b"POST /api/intake/complaints HTTP/1.1\r\nHost: linli\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


@pytest.fixture
def intake(start_web: StartWeb) -> Web:
    """With the settings it is shipped with."""
    return start_web()


def test_slow_clients_keep_nobody_waiting_and_are_sent_away(intake: Web, journal: Journal) -> None:
    # Given
    seconds = size(full=60, suite=2)
    crowd(intake, journal, OTHERS, 1)
    normal = crowd(intake, journal, OTHERS, seconds)

    # When
    with hesitating(intake.port, size(full=900, suite=90), (SLOW_HEADERS, SLOW_BODY, IDLE)) as clients:
        beside = crowd(intake, journal, OTHERS, seconds)

        # Then
        assert (normal.refused, beside.refused, beside.others) == ([], [], [])
        assert beside.p99 <= SLOWER * normal.p99 * (_TOLERANCE if chosen() == SUITE else 1)
        eventually(lambda: all(ended(client) for client in clients), 2 * ARRIVAL_SECONDS, interval=0.2)
    result = intake.result(journal)
    assert result.green, result
    report("H4", "intake", result, kills=0, p99={"normal": normal.p99, "beside": beside.p99})


def test_whoever_sends_his_requests_in_pieces_is_served(intake: Web) -> None:
    with closing(create_connection(("127.0.0.1", intake.port), timeout=30)) as client:
        client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        for pause in (_PIECE_SECONDS, _LONGER_THAN_KEPT / 2):
            # When the second begins within the time a connection is kept, and ends after it
            for piece in _pieces(REQUEST, 40 if pause == _PIECE_SECONDS else 3):
                threading.Event().wait(pause)
                client.sendall(piece)

            assert answered(client).startswith(b"HTTP/1.1 201")


def answered(client: socket) -> bytes:
    """One whole answer, however many pieces it comes in."""
    answer = b""
    while b"\r\n\r\n" not in answer or len(answer.partition(b"\r\n\r\n")[2]) < length_of(answer):
        answer += client.recv(4096) or pytest.fail(f"cut off after {answer!r}")
    return answer


def length_of(answer: bytes) -> int:
    """What the head of an answer says of its body."""
    found = re.search(rb"\r\ncontent-length: *(\d+)", answer, re.IGNORECASE)
    return int(found[1]) if found else 0


def _pieces(request: bytes, number: int) -> list[bytes]:
    length = len(request) // number + 1
    return [request[at : at + length] for at in range(0, len(request), length)]
