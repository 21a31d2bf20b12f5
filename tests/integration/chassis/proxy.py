"""A TCP proxy that holds back and loses bytes, for broker faults (RELIABILITY, recipe of the late confirms)."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Proxy:
    """Forwards connections on `port` to another port of this machine.

    Seconds in `answers_late` are added to what comes back; with `requests_lost` nothing of what is sent arrives any more.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.answers_late = 0.0
        self.requests_lost = threading.Event()
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """End the connections of now; new ones are welcome."""
        self._end(self._sockets)

    def close(self) -> None:
        """End all connections."""
        self._end([self._listener, *self._sockets])

    def _end(self, sockets: list[socket.socket]) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                broker = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, broker]
                for source, sink in ((client, broker), (broker, client)):
                    threading.Thread(
                        target=self._pass, args=(source, sink, sink is client), daemon=True
                    ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                if answers and self.answers_late:
                    time.sleep(self.answers_late)
                if answers or not self.requests_lost.is_set():
                    sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
