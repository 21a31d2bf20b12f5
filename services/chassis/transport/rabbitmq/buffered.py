"""Fewer turns to the kernel than the client makes by itself: it reads each frame in three pieces and writes each alone.

What counts is not so much the kernel as the interpreter's lock, which each turn gives away and has to get back from the
thread that runs the handlers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp.transport
from kombu.transport import pyamqp

#: Bytes read at once at most, and bytes held back at most.
_READ = 1 << 16
_HELD = 1 << 18


class BufferedTransport(amqp.transport.TCPTransport):  # type: ignore[misc]
    """A TCP connection that takes what has arrived at once, and on request sends many frames together."""

    def _setup_transport(self) -> None:
        super()._setup_transport()
        self._arrived = b""
        self._taken = 0
        self._held: bytearray | None = None
        self._quick_recv = self._take
        self._write = self._send

    @property
    def pending(self) -> bool:
        """Whether something was read from the kernel that nobody has looked at yet."""
        return self._taken < len(self._arrived) or bool(self._read_buffer)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send what is written meanwhile in few pieces. After an error some of it was not sent: throw the connection away."""
        self._held = held = bytearray()
        try:
            yield
        finally:
            self._held = None
        self._send(held)

    def _take(self, limit: int) -> bytes:
        if self._taken == len(self._arrived):
            self._arrived, self._taken = self.sock.recv(_READ), 0
        piece = self._arrived[self._taken : self._taken + limit]
        self._taken += len(piece)
        return piece

    def _send(self, frames: Any) -> None:
        if self._held is None:
            self.sock.sendall(frames)
            return
        # A copy: the client writes its next frame into the same memory.
        self._held += frames
        if len(self._held) >= _HELD:
            self.sock.sendall(self._held)
            self._held.clear()


class _Connection(pyamqp.Connection):  # type: ignore[misc]
    def Transport(self, host: str, connect_timeout: float, ssl: Any, *timeouts: Any, **options: Any) -> Any:  # noqa: N802
        if ssl:
            return super().Transport(host, connect_timeout, ssl, *timeouts, **options)
        return BufferedTransport(host, connect_timeout, *timeouts, **options)


class BufferedAmqp(pyamqp.Transport):  # type: ignore[misc]
    """What kombu is to connect with."""

    Connection = _Connection
