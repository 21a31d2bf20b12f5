"""Intake's web process as it is shipped, over a database of its own with a small estate in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.chassis.auth.keys import public, write_key_set
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.testing.auth import TestAuth
from tests.faults.web.process import StartWeb, web
from tests.integration.intake.conftest import app, auth, caller, client, database, import_csv, tree

__all__ = ["app", "auth", "caller", "client", "database", "import_csv", "start_web", "tree"]


@pytest.fixture
def clock() -> SystemClock:
    """The clock of the machine, as the process has it."""
    return SystemClock()


@pytest.fixture
def start_web(database: Database, auth: TestAuth, tree: None, tmp_path: Path) -> Iterator[StartWeb]:
    """A function `(**variables)` that starts one, ended with the test."""
    keys = tmp_path / "jwks.json"
    write_key_set(keys, public(auth.keys))
    with ExitStack() as ending:
        yield lambda **variables: ending.enter_context(web(database, keys, tmp_path, variables))
