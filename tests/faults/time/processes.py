"""Schedulers that are killed and started again while clocks run out."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, select, update

import services
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.testing import eventually
from services.routing.storage.tables import clocks


def due_within(database: Database, seconds: float, which: ColumnElement[bool]) -> None:
    """Let these clocks and their next levels be due one after the other until within so many seconds from now."""
    now = SystemClock().now()
    with database.begin() as work:
        keys = work.connection.execute(select(clocks.c.number, clocks.c.name).where(which)).all()
        for place, (number, name) in enumerate(keys):
            due = now + timedelta(seconds=seconds * place / len(keys))
            this = (clocks.c.number == number) & (clocks.c.name == name)
            values = {"due_at": due, "escalate_at": due}
            work.connection.execute(update(clocks).where(this).values(**values))


def killed_again_and_again(
    database: Database, kills: int, window: float, done: Callable[[], bool], patience: float
) -> None:
    """Two schedulers at work of which one is killed, and again, and again, until `done`."""
    chance = random.Random(1)
    with ExitStack() as alive:
        pair = [alive.enter_context(_scheduler(database)) for _ in range(2)]
        for turn in range(kills):
            threading.Event().wait(chance.uniform(0, 2 * window / kills))
            pair[turn % 2].kill()
            pair[turn % 2] = alive.enter_context(_scheduler(database))
        eventually(done, window + patience, interval=0.2)


@contextmanager
def _scheduler(database: Database) -> Iterator[subprocess.Popen[bytes]]:
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.time.scheduler", url],
        cwd=Path(services.__path__[0]).parent,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
