"""gunicorn as we run it: serves, runs the hooks in the serving process, stops in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from services.chassis.testing import eventually

PROGRAM = """
import os, sys
from pathlib import Path
from services.chassis.http.server import Server, serve

folder = Path(sys.argv[1])
note = lambda name: lambda *seconds: (folder / name).write_text(str(os.getpid()))

def make_app():
    note("made")()
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]
    return app

serve(Server(make_app, "127.0.0.1", int(sys.argv[2]), threads=2,
             on_listening=note("listening"), on_start=note("started"), on_stop=note("stopped")))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    home = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), str(port)], env=home)
    eventually(lambda: (tmp_path / "started").exists())
    yield process
    if process.poll() is None:
        process.kill()
    process.wait(10)


def test_requests_are_served_by_one_process_that_ran_the_hooks(
    server: subprocess.Popen[bytes], port: int, tmp_path: Path
) -> None:
    serving = requests.get(f"http://127.0.0.1:{port}/", timeout=5).text

    assert serving == (tmp_path / "made").read_text() == (tmp_path / "started").read_text()
    assert (tmp_path / "listening").read_text() == str(server.pid) != serving
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_runs_the_last_hook_and_ends_cleanly(
    server: subprocess.Popen[bytes], tmp_path: Path, stop: signal.Signals
) -> None:
    server.send_signal(stop)

    assert server.wait(20) == 0
    assert (tmp_path / "stopped").read_text() == (tmp_path / "started").read_text()


def test_a_serving_process_that_dies_is_replaced(
    server: subprocess.Popen[bytes], port: int, tmp_path: Path
) -> None:
    first = int((tmp_path / "started").read_text())

    os.kill(first, signal.SIGKILL)

    eventually(lambda: int((tmp_path / "started").read_text() or 0) not in (0, first))
    assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200


def test_a_serving_process_ends_when_its_parent_is_killed(
    server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    server.kill()

    eventually(lambda: (tmp_path / "stopped").exists(), timeout=20)
