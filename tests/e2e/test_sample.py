"""`linli run` as a new user starts it: with the sample, stopped by Ctrl-C, started again, emptied."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chassis.servers.daemon import port_is_free
from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.e2e.installation import Installation, alive

_READY = "邻里已就绪 | Linli is ready"
_ACCOUNTS = ("receiver", "handler", "head", "director", "centre", "group", "auditor", "operator")
_FIRST_START_SECONDS = 90.0
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sampled() -> Iterator[Installation]:
    """An installation with the sample in it, running; the tests below use it in their order, the last one empties it."""
    made = Installation("run", settings={"LINLI_SAMPLE": "true"})
    try:
        made.start()
        eventually(lambda: made.output().count(_READY), _FIRST_START_SECONDS, interval=0.2)
        yield made
    finally:
        made.remove()


#: What a reader waits for before he types the block of this number: events need a moment between the services.
_WAITS = {
    2: """until_it_says '"status":"assigned"' $url/api/routing/complaints/$number "$head" """,
    4: """until_it_says '"status":"open"' "$url/api/notification/callbacks?number=$number" "$receiver" """,
    5: """until_it_says '"closed_as":"satisfied"' $url/api/routing/complaints/$number "$head"
curl -s $url/api/routing/complaints/$number -H "$head" """,
}
_UNTIL = """
until_it_says() {
  for _ in $(seq 200); do if curl -s "$2" -H "$3" | grep -q "$1"; then return 0; fi; sleep 0.1; done
  echo "never said $1" >&2; return 1
}
"""


def journey(readme: Path) -> str:
    """The shell blocks of the section that follows a complaint, word for word, with a wait for what each needs."""
    section = re.split(r"^## ", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = next(
        found for part in section if len(found := re.findall(r"```sh\n(.*?)```", part, re.DOTALL)) == 7
    )
    return _UNTIL + "\n".join(f"{_WAITS.get(number, '')}\n{block}" for number, block in enumerate(blocks))


def signed_in(installation: Installation, username: str) -> Client:
    """A person of the sample."""
    wanted = {"username": username, "password": "linli-demo"}
    token = Client(installation.url).post("/api/routing/tokens", wanted)["access_token"]
    return Client(installation.url, token)


def complaints(installation: Installation, **query: str) -> int:
    """How many complaints there are."""
    listed = signed_in(installation, "group").get("/api/routing/complaints", page_size=1, **query)
    return int(listed["total"])


def test_everybody_the_welcome_names_can_sign_in(sampled: Installation) -> None:
    for username in _ACCOUNTS:
        assert signed_in(sampled, username).get("/api/routing/complaints")["items"] is not None


def test_complaints_of_the_sample_travel_to_their_end(sampled: Installation) -> None:
    assert complaints(sampled) >= 24
    assert eventually(lambda: complaints(sampled, status="closed") >= 2, 30.0)
    rows = signed_in(sampled, "group").get("/api/analytics/kpis")["rows"]
    assert len(rows) == 6


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
def test_the_journey_of_the_readme_ends_as_it_says(sampled: Installation, readme: str) -> None:
    script = journey(ROOT / readme).replace("http://127.0.0.1:8080", sampled.url)
    ran = subprocess.run(
        ["bash", "-e"], input=script, capture_output=True, text=True, check=False, timeout=90
    )

    assert ran.returncode == 0, ran.stderr
    assert '"status":"signed_off"' in ran.stdout
    assert '"outcome":"satisfied"' in ran.stdout
    assert '"closed_as":"satisfied"' in ran.stdout
    assert '"exact":true' in ran.stdout


def test_ctrl_c_ends_everything_and_the_next_start_is_quick_and_adds_nothing(sampled: Installation) -> None:
    before = complaints(sampled)
    processes = sampled.processes()

    sampled.stop(signal.SIGINT)

    assert not [pid for pid in processes if alive(pid)]
    assert port_is_free(sampled.port)
    assert not [path for path in sampled.home.rglob("*") if path.is_socket()]
    began = time.monotonic()
    sampled.start()
    eventually(lambda: sampled.output().count(_READY) == 2, 30.0)
    print(f"\nsecond start: {time.monotonic() - began:.1f} s")
    assert complaints(sampled) == before


def test_reset_leaves_nothing_of_it(sampled: Installation) -> None:
    sampled.stop()

    sampled.linli("reset")

    assert [path.name for path in sampled.home.iterdir()] == ["output.log"]
