"""Clients that send a byte now and then, or nothing, and never come to an end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from select import select

_HEAD = b"POST /api/intake/complaints HTTP/1.1\r\nHost: linli\r\nContent-Type: application/json\r\n"
#: Seconds between two bytes.
_PAUSE = 0.5

#: What each kind has sent when it begins to hesitate.
SLOW_HEADERS = _HEAD + b"X-Slow: "
SLOW_BODY = _HEAD + b"Content-Length: 500\r\n\r\n{"
IDLE = b""


@contextmanager
def hesitating(port: int, number: int, kinds: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """So many of these kinds, in turn, until the end of the block; whoever is cut off stays away."""
    enough = threading.Event()
    with ExitStack() as ending:
        clients = []
        for place in range(number):
            client = ending.enter_context(socket.create_connection(("127.0.0.1", port)))
            with suppress(OSError):
                client.sendall(kinds[place % len(kinds)])
            clients.append(client)
        speaking = [client for place, client in enumerate(clients) if kinds[place % len(kinds)] != IDLE]
        dripping = threading.Thread(target=_drip, args=(speaking, enough))
        dripping.start()
        try:
            yield clients
        finally:
            enough.set()
            dripping.join()


def ended(client: socket.socket) -> bool:
    """Whether the other end has closed a connection, or answered."""
    return bool(select([client], [], [], 0)[0])


def _drip(clients: Sequence[socket.socket], enough: threading.Event) -> None:
    while not enough.wait(_PAUSE):
        for client in clients:
            with suppress(OSError):
                client.send(b"x", socket.MSG_DONTWAIT)
