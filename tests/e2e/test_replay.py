"""Complaints of the past travel through all services and become figures that are true, whatever city they are of."""

from __future__ import annotations

import csv
import gzip
import itertools
import os
import re
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from services.chassis.testing import eventually
from tests.e2e import boston
from tests.e2e.client import PASSWORD, Client
from tests.e2e.installation import Installation
from tests.integration.intake.old_records import many, mapping, written

#: `full` takes over the whole file of Boston, which needs minutes.
_WHOLE = os.environ.get("LINLI_HISTORY") == "full"
_PART = 1_500
_COUNTED_SECONDS = 600.0 if _WHOLE else 120.0

_names = (f"{at:02}" for at in itertools.count())


class City:
    """One made-up city at an installation: a mapping, a file, and somebody who sees its figures."""

    def __init__(self, installation: Installation, folder: Path, name: str, lines: list[str]) -> None:
        self.installation = installation
        self.name = name
        plain = mapping(folder).read_text(encoding="utf-8")
        self._mapping = folder / f"{name}.yaml"
        self._mapping.write_text(plain.replace("harbour", name), encoding="utf-8")
        self._file = written(folder, *lines, name="old.csv")
        self._rejects = folder / "rejects.csv"

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the command."""
        line = self.installation.command_line(*self._arguments())
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def replay(self) -> dict[str, int]:
        """Run the command to its end; returns what it counted."""
        told = self.installation.linli(*self._arguments())
        found = re.findall(r"^(taken|already there|rejected) \S+ +(\d+)", told, re.MULTILINE)
        return {what: int(count) for what, count in found}

    def counted(self, **query: Any) -> dict[str, Any]:
        """The figures by key."""
        return {row["key"]: row for row in figures(self.viewer, **query)}

    def received(self) -> int:
        """How many complaints the figures count."""
        return sum(row["received"] for row in figures(self.viewer, by="estate"))

    @cached_property
    def viewer(self) -> Client:
        """Somebody of its head office."""
        return viewer(self.installation, self.name)

    def _arguments(self) -> list[str]:
        return ["replay", str(self._file), "--mapping", str(self._mapping), "--rejects", str(self._rejects)]


def viewer(installation: Installation, group: str) -> Client:
    """A new account of somebody who sees the figures of a group."""
    words = ("--name", "总部", "--role", "group", "--path", group, "--password", PASSWORD)
    installation.linli("accounts", "create", group, *words)
    return installation.people[group]


def figures(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Rows of the KPIs."""
    rows: list[dict[str, Any]] = client.get("/api/analytics/kpis", **query)["rows"]
    return rows


@pytest.fixture
def lines() -> list[str]:
    """Records of another system: seven hundred complaints, every third answered and resolved."""
    return [
        line.replace(";;;噪音", f";{line.split(';')[2]};{line.split(';')[2]};噪音") if at % 3 == 0 else line
        for at, line in enumerate(many(700))
    ]


@pytest.fixture
def city(installation: Installation, tmp_path: Path, lines: list[str]) -> City:
    """A city of its own."""
    return City(installation, tmp_path, f"city{next(_names)}", lines)


def test_records_of_any_shape_become_figures_though_the_run_was_killed_and_two_go_on_at_once(
    city: City,
) -> None:
    # Given a run that was killed
    killed = city.begin()
    eventually(lambda: city_has_begun(city), 60.0)
    killed.send_signal(signal.SIGKILL)
    killed.wait()

    # When two go on at once, and one more follows
    beside = city.begin()
    city.replay()
    beside.wait()
    again = city.replay()

    # Then
    assert again == {"taken": 700, "already there": 0, "rejected": 0}
    eventually(lambda: city.received() == 700, _COUNTED_SECONDS, 0.5)
    eventually(lambda: city.counted(by="channel")["phone"]["resolved"] == 234, _COUNTED_SECONDS, 0.5)
    assert city.counted(by="category", level=1).keys() == {"环境"}
    assert city.counted(by="category", level=2).keys() == {"环境/噪音"}
    assert sum(row["received"] for row in city.counted(by="month").values()) == 700
    assert city.counted(by="estate").keys() == {f"{city.name}-1"}
    assert city.installation.metric("linli_dead_letters") == 0


def test_nobody_is_given_work_or_told_and_nothing_counts_as_new(city: City) -> None:
    city.replay()

    eventually(lambda: city.received() == 700, _COUNTED_SECONDS, 0.5)
    assert city.viewer.get("/api/routing/work-orders", page_size=1)["total"] == 0
    assert city.viewer.get("/api/notification/messages", page_size=1)["total"] == 0
    registered = city.installation.metric("linli_complaints_registered_total", category="环境/噪音")
    assert registered == 0


def test_figures_of_boston_are_those_that_are_true(installation: Installation, tmp_path: Path) -> None:
    if not boston.FILE.exists():
        pytest.skip(f"{boston.FILE} is not there (LINLI_SHARED names the folder that holds data/)")
    requests = boston.rows(None if _WHOLE else _PART)
    truth = boston.truth_of(requests)
    file = tmp_path / "boston.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8", newline="") as part:
        lines = csv.DictWriter(part, list(requests[0]))
        lines.writeheader()
        lines.writerows(requests)

    client = viewer(installation, "boston")
    began = time.monotonic()
    installation.linli("replay", str(file), "--mapping", "boston311")
    taken = time.monotonic()
    wanted = (truth["overall"][""]["n"], truth["overall"][""]["closed"])
    eventually(lambda: counts(client) == wanted, _COUNTED_SECONDS, 0.5)
    counted = time.monotonic()

    print(
        f"\n{installation.command}: {len(requests)} complaints in {taken - began:.1f} s, counted after "
        f"{counted - began:.1f} s, {len(requests) / (counted - began):.0f} a second from end to end"
    )
    assert boston.differences(truth, lambda **query: figures(client, **query)) == []
    if _WHOLE:
        told = boston.published()
        assert boston.differences(told, lambda **query: figures(client, **query)) == []


def counts(client: Client) -> tuple[int, int]:
    """Received and resolved in all."""
    rows = figures(client, by="estate")
    return sum(row["received"] for row in rows), sum(row["resolved"] for row in rows)


def city_has_begun(city: City) -> bool:
    """Whether some of its complaints are on the register."""
    query = {"q": f"{city.name}-1"}
    return city.installation.people.public.get("/api/intake/estates", **query)["total"] > 0
