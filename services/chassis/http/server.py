"""Serving with gunicorn: one process with threads (DESIGN §3)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Seconds a running request may still take once a stop was asked for.
GRACEFUL_TIMEOUT_SECONDS = 25


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Server:
    """Where and how to serve.

    ``make_app`` runs in the serving process, after the fork, so that nothing opened there is shared. ``on_start``
    runs there once the application is made, ``on_stop`` when it ends; ``on_listening`` runs in the parent once
    the port is bound.
    """

    make_app: Callable[[], WSGIApplication]
    host: str
    port: int
    threads: int = 8
    on_listening: Callable[[], None] = _nothing
    on_start: Callable[[], None] = _nothing
    on_stop: Callable[[], None] = _nothing


def serve(server: Server) -> None:
    """Serve until SIGTERM or SIGINT; ends by ``SystemExit``."""
    _Gunicorn(server).run()


class _Logger(Logger):
    """gunicorn's loggers without handlers or level of their own: the root handler writes our JSON."""

    def setup(self, cfg: Any) -> None:
        self.loglevel = logging.getLogger().getEffectiveLevel()
        self.error_log.setLevel(logging.NOTSET)
        self.error_log.propagate = True


class _Gunicorn(BaseApplication):
    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__()

    def load_config(self) -> None:
        server = self._server
        settings: dict[str, Any] = {
            "bind": f"{server.host}:{server.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": server.threads,
            "worker_connections": 1000,
            "graceful_timeout": GRACEFUL_TIMEOUT_SECONDS,
            "control_socket_disable": True,
            "logger_class": _Logger,
            "when_ready": lambda arbiter: server.on_listening(),
            "post_worker_init": lambda worker: server.on_start(),
            "worker_exit": lambda arbiter, worker: server.on_stop(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        return self._server.make_app()
