"""One embedded installation runs in a home, and says so to the second."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from pathlib import Path

import click
import pytest

from services.chassis.servers.daemon import Daemon, free_port
from services.standalone import claimed


def test_the_first_holds_the_home_and_tells_who_it_is(tmp_path: Path) -> None:
    claim = claimed(tmp_path, free_port(), patience=0.0)

    assert Daemon(tmp_path, "run").pid() == os.getpid()
    os.close(claim)


def test_a_second_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    first = claimed(tmp_path, free_port(), patience=0.0)

    with pytest.raises(click.ClickException, match="runs already"):
        claimed(tmp_path, free_port(), patience=0.0)

    os.close(first)
    os.close(claimed(tmp_path, free_port(), patience=0.0))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(click.ClickException, match=f"port {port} is taken"):
            claimed(tmp_path, port, patience=0.0)
