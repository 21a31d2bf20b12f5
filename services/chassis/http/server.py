"""Serving with gunicorn: one process with threads, that stops in order (DESIGN §3, RELIABILITY P32)."""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from services.chassis.http.arrivals import PatientWorker
from services.chassis.http.overload import MOST_WAITING
from services.chassis.settings import GRACE_SECONDS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Seconds of the grace, half of it at most, that requests leave to what runs behind them: as long as a handler may take.
_BEHIND_REQUESTS = 10.0
#: Seconds of the grace for the process to be gone.
_LAST_MOMENT = 1.0


def _nothing() -> None:
    """Do nothing."""


def _nothing_within(_seconds: float) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Server:
    """Where and how to serve. While all ``threads`` are at work ``most_waiting`` requests wait; what is more is refused.

    ``make_app`` runs in the serving process, after the fork, so that nothing opened there is shared. ``on_start`` runs there
    once the application is made; ``on_listening`` runs in the parent once the port is bound.

    ``socket`` is the descriptor of an inherited socket that listens already; host and port then say nothing. As it outlives the
    process, whoever comes while there is none waits for the next.

    At the first signal to end ``on_leaving`` is called, requests are taken for ``drain`` seconds still, those under way are
    finished, and ``on_stop`` gets the seconds that are left of ``grace``. More signals change nothing.
    """

    make_app: Callable[[], WSGIApplication]
    host: str
    port: int
    threads: int = 8
    most_waiting: int = MOST_WAITING
    socket: int | None = None
    grace: int = GRACE_SECONDS
    drain: float = 0.0
    on_listening: Callable[[], None] = _nothing
    on_start: Callable[[], None] = _nothing
    on_leaving: Callable[[], None] = _nothing
    on_stop: Callable[[float], None] = _nothing_within

    @property
    def request_seconds(self) -> float:
        """How long requests under way may take, once no more are taken."""
        return max(0.0, self.grace - min(_BEHIND_REQUESTS, self.grace / 2) - self.drain)


def serve(server: Server) -> None:
    """Serve until SIGTERM or SIGINT; ends by ``SystemExit``."""
    _Gunicorn(server).run()


class _Logger(Logger):
    """gunicorn's loggers without handlers or level of their own: the root handler writes our JSON."""

    def setup(self, cfg: Any) -> None:
        self.loglevel = logging.getLogger().getEffectiveLevel()
        self.error_log.setLevel(logging.NOTSET)
        self.error_log.propagate = True


class _Worker(PatientWorker):
    """The serving process. gunicorn's own stops accepting at the signal, and resets what waits to be accepted."""

    _leaving_since: float | None = None

    def init_process(self) -> None:
        # This process's copy: in the parent it is the whole grace.
        self.cfg.set("graceful_timeout", round(self.app.server.request_seconds))
        super().init_process()

    def handle_exit(self, sig: int, frame: Any) -> None:
        if self._leaving_since is not None:
            return
        self._leaving_since = time.monotonic()
        self.app.server.on_leaving()
        timer = threading.Timer(self.app.server.drain, super().handle_exit, (sig, frame))
        timer.daemon = True
        timer.start()

    handle_quit = handle_exit

    def run(self) -> None:
        super().run()
        self.app.server.on_stop(self._seconds_left())
        # The interpreter would wait for threads that hang, in a request or a handler.
        logging.shutdown()
        os._exit(0)

    def set_accept_enabled(self, enabled: bool) -> None:
        if self.alive:
            super().set_accept_enabled(enabled)
        elif self._accepting:
            # Whoever came so far is served; whoever comes now is refused, and knows that nothing was done.
            while waiting := select.select(self.sockets, [], [], 0)[0]:
                for listener in waiting:
                    self.accept(listener)
            super().set_accept_enabled(False)
            for listener in self.sockets:
                listener.close()

    def _seconds_left(self) -> float:
        since = time.monotonic() if self._leaving_since is None else self._leaving_since
        end: float = since + self.app.server.grace - _LAST_MOMENT
        return max(0.0, end - time.monotonic())


class _Gunicorn(BaseApplication):
    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__()

    def load_config(self) -> None:
        server = self.server
        settings: dict[str, Any] = {
            "bind": f"{server.host}:{server.port}" if server.socket is None else f"fd://{server.socket}",
            "worker_class": _Worker,
            "workers": 1,
            "threads": server.threads,
            "worker_connections": 1000,
            "graceful_timeout": server.grace,
            "control_socket_disable": True,
            "logger_class": _Logger,
            "when_ready": self._listening,
            "post_worker_init": lambda worker: server.on_start(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        return self.server.make_app()

    def _listening(self, arbiter: Any) -> None:
        # To gunicorn they mean "at once": it would kill the serving process two seconds after a Ctrl-C.
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda _number, frame: arbiter.signal(signal.SIGTERM, frame))
        self.server.on_listening()
