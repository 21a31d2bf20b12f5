"""A request gets a thread when it is there, not while it arrives: slow and silent clients keep no thread (RELIABILITY H4).

gunicorn's own worker reads on the thread that serves, without a limit of time once the first byte is there, so that as many
clients as there are threads could stop a service.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from services.chassis.http.overload import Lanes

#: A longer request is read by its thread.
MOST_AWAITED = 64 * 1024
#: Seconds for a request to be there, from the connection or from its first byte.
ARRIVAL_SECONDS = 10.0

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})", re.IGNORECASE)
#: The client sends its body when it is told to.
_WAITING_CLIENT = re.compile(rb"\r\nexpect:", re.IGNORECASE)


def is_whole(seen: bytes) -> bool:
    """Whether a request beginning with these bytes is to be served now: it is all there, or too long to be awaited.

    A chunked body, and one the client wants to be asked for, is never awaited.
    """
    if len(seen) >= MOST_AWAITED:
        return True
    head, end, body = seen.partition(b"\r\n\r\n")
    if not end:
        return False
    length = _LENGTH.search(head)
    if length is None or _WAITING_CLIENT.search(head):
        return True
    awaited = int(length[1])
    return len(body) >= awaited or len(head) + len(end) + awaited > MOST_AWAITED


def has_arrived(client: socket.socket) -> bool:
    """Look at what a readable socket holds; while it is no whole request, it is readable again only when more is there."""
    try:
        seen = client.recv(MOST_AWAITED, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return True
    # Readable without what was waited for: the other end said that nothing more comes.
    ended = len(seen) < client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)
    arrived = ended or is_whole(seen)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1 if arrived else len(seen) + 1)
    return arrived


class PatientWorker(ThreadWorker):
    """Awaits requests on the thread that accepts, and gives them to `Lanes`."""

    def get_thread_pool(self) -> Lanes:
        return Lanes(self.cfg.threads, self.app.server.most_waiting)

    def enqueue_req(self, conn: Any) -> None:
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
        else:
            self._await(conn)

    def on_pending_socket_readable(self, conn: Any, client: socket.socket) -> None:
        if has_arrived(client):
            super().on_pending_socket_readable(conn, client)

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        if has_arrived(client):
            super().on_client_socket_readable(conn, client)
            return
        # It is not idle any more, and is not to be closed as such.
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn)

    def _await(self, conn: Any) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + ARRIVAL_SECONDS
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)
