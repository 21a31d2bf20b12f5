"""A TCP proxy that holds back, loses and cuts what passes: what networks do to connections (RELIABILITY F10-F12, F21, F24)."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Collection
from contextlib import suppress
from enum import Enum

_CHUNK = 65536
#: Closing with no time to linger sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class Side(Enum):
    """The two ends the proxy stands between."""

    CLIENT = "client"
    SERVER = "server"


class Line:
    """One direction of all connections, and what befalls the bytes on it.

    `delay` seconds are added to each piece that passes. While `lost` is set nothing arrives, though the sender hears of no
    failure.
    """

    def __init__(self) -> None:
        self.delay = 0.0
        self.lost = threading.Event()
        self._passing = threading.Event()
        self._passing.set()
        self._closed = threading.Event()
        self._left: int | None = None
        self._lock = threading.Lock()

    def hold(self) -> None:
        """Keep back what comes from now on, in order."""
        self._passing.clear()

    def release(self) -> None:
        """Let go of what was held."""
        self._passing.set()

    def cut_after(self, count: int) -> None:
        """Let so many more bytes pass, then reset the connection the next one is on. Once."""
        with self._lock:
            self._left = count

    def passes(self, chunk: bytes) -> tuple[bytes, bool]:
        """Wait as long as these bytes are to wait; what arrives of them, and whether their connection lives on."""
        if self.delay:
            self._closed.wait(self.delay)
        self._passing.wait()
        if self.lost.is_set():
            return b"", True
        with self._lock:
            if self._left is None:
                return chunk, True
            if len(chunk) <= self._left:
                self._left -= len(chunk)
                return chunk, True
            whole, self._left = chunk[: self._left], None
            return whole, False

    def close(self) -> None:
        """Nothing waits any more."""
        self._closed.set()
        self._passing.set()


class _Connection:
    """One client with the server behind it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._sockets = {Side.CLIENT: client, Side.SERVER: server}
        self._over = False
        self._deaf: set[Side] = set()

    def forward(self, line: Line, source: Side) -> None:
        """Pass on what `source` sends until one of both is gone."""
        reading = self._sockets[source]
        sink = Side.SERVER if source is Side.CLIENT else Side.CLIENT
        writing = self._sockets[sink]
        try:
            while chunk := reading.recv(_CHUNK):
                arriving, lives = line.passes(chunk)
                if arriving and sink not in self._deaf:
                    writing.sendall(arriving)
                if not lives:
                    self.reset()
        except OSError:
            # One end broke off; unless it was we, the other is to hear of it.
            if not self._over:
                self.reset()
        if not self._over:
            self.end()

    def end(self) -> None:
        """Close both ends in order (FIN)."""
        self._over = True
        for each in self._sockets.values():
            _end(each)

    def reset(self) -> None:
        """Break both ends off (RST)."""
        self._over = True
        for each in self._sockets.values():
            _reset(each)

    def deafen(self, sides: Collection[Side]) -> None:
        """Leave both ends open; nothing reaches these sides any more."""
        self._over = True
        self._deaf.update(sides)

    def strand(self, side: Side) -> None:
        """Break the other end off and leave this one open."""
        self._over = True
        for of, each in self._sockets.items():
            if of is not side:
                _reset(each)


class Proxy:
    """Forwards connections on `port` to another port of this machine; `requests` and `answers` are its two directions.

    `accepted` counts connections.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[_Connection] = []
        self.port: int = self._listener.getsockname()[1]
        self.requests = Line()
        self.answers = Line()
        self.accepted = 0
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """End the connections of now in order (FIN); new ones are welcome."""
        for connection in self._connections:
            connection.end()

    def reset(self) -> None:
        """Break the connections of now off (RST); new ones are welcome."""
        for connection in self._connections:
            connection.reset()

    def deafen(self, *sides: Side) -> None:
        """Black hole: on the connections of now nothing reaches these sides any more, no end either; new ones are welcome."""
        for connection in self._connections:
            connection.deafen(sides)

    def strand(self, side: Side) -> None:
        """Half-open: for this side the connections of now go on, in silence; the other side's are reset."""
        for connection in self._connections:
            connection.strand(side)

    def close(self) -> None:
        """End everything."""
        _end(self._listener)
        self.requests.close()
        self.answers.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    _reset(client)
                    continue
                connection = _Connection(client, server)
                self._connections.append(connection)
                for line, source in ((self.requests, Side.CLIENT), (self.answers, Side.SERVER)):
                    threading.Thread(target=connection.forward, args=(line, source), daemon=True).start()


def _end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _reset(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        # Wakes a thread that reads, and tells the other end nothing.
        sock.shutdown(socket.SHUT_RD)
    sock.close()
