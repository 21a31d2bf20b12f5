"""Tells the relay that something was committed, without slowing the commits (RELIABILITY rule 8)."""

from __future__ import annotations

import threading
import time

import psycopg
from psycopg.rows import TupleRow

from services.chassis.loops import Loop

_CHANNEL = "linli_outbox"
#: At most one notification in this many seconds for each process.
_SHORTEST_PAUSE = 0.01
_LONGEST_WAIT = 1.0


class Bell:
    """Rung after each commit that left events; its loop passes the news on to the relays of other processes.

    Notifications are lossy by design: the relay looks by itself every 200 ms.
    """

    def __init__(self, service: str, conninfo: str) -> None:
        self._service = service
        self._conninfo = conninfo
        self._news = threading.Event()
        self._wake = threading.Event()
        self._connection: psycopg.Connection[TupleRow] | None = None

    def ring(self) -> None:
        """Something was committed."""
        self._news.set()
        self._wake.set()

    def loop(self) -> Loop:
        """The loop that notifies."""
        return Loop(
            f"{self._service}.bell", self._step, pause=_LONGEST_WAIT, wake=self._wake, close=self._drop
        )

    def _step(self) -> bool:
        if not self._news.is_set():
            return False
        self._news.clear()
        try:
            if self._connection is None:
                self._connection = _open(self._conninfo, "-c synchronous_commit=off")
            self._connection.execute(f"NOTIFY {_CHANNEL}")
        except psycopg.Error:
            self._drop()
        time.sleep(_SHORTEST_PAUSE)
        return False

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Listener:
    """Sets `wake` whenever a bell of another process was rung."""

    def __init__(self, service: str, conninfo: str, wake: threading.Event) -> None:
        self._service = service
        self._conninfo = conninfo
        self._wake = wake
        self._connection: psycopg.Connection[TupleRow] | None = None

    def loop(self) -> Loop:
        """The loop that listens."""
        return Loop(f"{self._service}.listen", self._step, pause=1.0, close=self._drop)

    def _step(self) -> bool:
        try:
            if self._connection is None:
                self._connection = _open(self._conninfo, "")
                self._connection.execute(f"LISTEN {_CHANNEL}")
            for _ in self._connection.notifies(timeout=_LONGEST_WAIT, stop_after=1):
                self._wake.set()
            return True
        except psycopg.Error:
            self._drop()
            return False

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(conninfo: str, options: str) -> psycopg.Connection[TupleRow]:
    return psycopg.connect(
        conninfo,
        autocommit=True,
        connect_timeout=5,
        options=options,
        tcp_user_timeout=8_000,
        keepalives_idle=20,
        keepalives_interval=5,
        keepalives_count=3,
    )
