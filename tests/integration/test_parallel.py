"""Tests in several processes: how they are shared out, and that an end before their time leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chassis.testing import eventually
from tests.parallel import together

_TESTS = """
import os, threading
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def server():
    Path(f"{os.getpid()}.started").touch()
    yield
    threading.Event().wait(0.5)
    Path(f"{os.getpid()}.stopped").touch()

def test_that_never_ends(server):
    threading.Event().wait()
"""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Two workers in the middle of a test each, with a server each."""
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text(_TESTS)
    with (tmp_path / "output").open("wb") as output:
        started = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "xdist",
                "-p",
                "tests.parallel",
                "-n",
                "2",
                f"--rootdir={tmp_path}",
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        eventually(lambda: len(list(tmp_path.glob("*.started"))) == 2, timeout=60)
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize(
    "whole_group", [True, False], ids=["as Ctrl-C does", "only the one that was started"]
)
def test_an_interrupted_run_stops_the_servers_of_every_worker(
    run: subprocess.Popen[bytes], tmp_path: Path, whole_group: bool
) -> None:
    if whole_group:
        os.killpg(run.pid, signal.SIGINT)
    else:
        run.send_signal(signal.SIGTERM)

    assert run.wait(60) == pytest.ExitCode.INTERRUPTED, (tmp_path / "output").read_text()
    assert len(list(tmp_path.glob("*.stopped"))) == 2


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("tests/unit/test_words.py::test_one[embedded]", "tests/unit/test_words.py"),
        ("tests/e2e/test_kill.py::test_one", "tests/e2e/test_kill.py"),
        ("tests/e2e/test_kill.py::test_one[embedded]", "embedded"),
        ("tests/faults/outages/test_broker_gone.py::test_one[30-onemachine]", "onemachine"),
        ("tests/faults/outages/test_resets.py::test_resets", "outages"),
    ],
)
def test_a_file_stays_whole_and_so_does_what_uses_an_installation(test: str, name: str) -> None:
    assert together(test) == name
