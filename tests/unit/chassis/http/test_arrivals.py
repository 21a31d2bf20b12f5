"""A request is given a thread when it is there, or when waiting for it would be for nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from select import select

import pytest

from services.chassis.http.arrivals import MOST_AWAITED, has_arrived, is_whole

POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client and its connection at the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            yield client, server


@pytest.mark.parametrize(
    "seen",
    [
        b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
        POST + b"Content-Length: 3\r\n\r\nabc",
        POST + b"content-length:3\r\n\r\nabcdef",
        POST + b"Content-Length: 70000\r\n\r\n",
        POST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        b"x" * MOST_AWAITED,
    ],
)
def test_what_is_there_or_not_worth_waiting_for_is_served(seen: bytes) -> None:
    assert is_whole(seen)


@pytest.mark.parametrize(
    "seen", [b"", b"G", POST, POST + b"Content-Length: 3\r\n\r\n", POST + b"Content-Length: 3\r\n\r\nab"]
)
def test_what_still_arrives_is_awaited(seen: bytes) -> None:
    assert not is_whole(seen)


def test_a_socket_is_readable_again_only_when_more_has_come(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    client, server = ends

    client.sendall(b"GET /x HTTP/1.1\r\n")
    assert select([server], [], [], 5)[0]
    assert not has_arrived(server)
    assert not select([server], [], [], 0)[0]

    client.sendall(b"\r\n")
    assert select([server], [], [], 5)[0]
    assert has_arrived(server)
    assert server.recv(5) == b"GET /", "nothing was taken away, and less than all can be read"


def test_a_client_that_ends_in_the_middle_is_not_awaited(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    client.sendall(b"GET /x")
    assert select([server], [], [], 5)[0]
    assert not has_arrived(server)

    client.shutdown(socket.SHUT_WR)

    assert select([server], [], [], 5)[0]
    assert has_arrived(server)
