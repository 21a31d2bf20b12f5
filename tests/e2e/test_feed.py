"""`linli feed`: texts of a file travel through all services, interrupted and repeated, each once."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

import services
from services.chassis.testing import eventually
from tests.e2e.counting import accepted, classified, received, settled
from tests.e2e.installation import Installation

_SHARED = Path(os.environ.get("LINLI_SHARED", Path(services.__path__[0]).parents[1] / "shared"))
_MESSAGES = _SHARED / "data" / "tipdm_att3_hot.jsonl.gz"
_PART = 150


class Feeding:
    """One file fed to one estate of an installation."""

    def __init__(self, installation: Installation, file: Path, estate: str) -> None:
        self._installation = installation
        self._arguments = ["feed", str(file), "--url", installation.url, "--estate", estate]

    def begin(self, journal: Path) -> subprocess.Popen[bytes]:
        """Start the command."""
        line = self._installation.command_line(*self._arguments, "--journal", str(journal))
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, journal: Path) -> dict[str, int]:
        """Run the command to its end; returns what it counted."""
        self.told = self._installation.linli(*self._arguments, "--journal", str(journal))
        found = re.findall(r"^(sent|already there|refused) \S+ +(\d+)$", self.told, re.MULTILINE)
        return {what: int(count) for what, count in found}


def written(file: Path, texts: list[str]) -> Path:
    """A file of these texts, gzipped if its name says so."""
    lines = [json.dumps({"id": at, "title": "反映", "body": text}) + "\n" for at, text in enumerate(texts)]
    content = "".join(lines).encode()
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


def test_a_feed_that_was_killed_goes_on_and_a_repeated_one_adds_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    people = installation.people
    file = written(tmp_path / "many.jsonl", [f"第{at}栋的电梯坏了。" for at in range(200)])
    feeding, journal = Feeding(installation, file, "birch"), tmp_path / "journal"

    interrupted = feeding.begin(journal)
    eventually(lambda: len(accepted(people, "birch")) >= 40, 30.0)
    interrupted.send_signal(signal.SIGKILL)
    interrupted.wait()
    gone_on = feeding.run(journal)
    repeated = feeding.run(journal)
    without_journal = feeding.run(tmp_path / "another journal")

    assert 0 < gone_on["sent"] < 200
    assert gone_on == {"sent": gone_on["sent"], "already there": 200 - gone_on["sent"], "refused": 0}
    assert repeated == without_journal == {"sent": 0, "already there": 200, "refused": 0}
    assert len(settled(installation, "birch")) == 200


def test_what_cannot_be_a_complaint_is_refused_with_its_line_and_reason(
    installation: Installation, tmp_path: Path
) -> None:
    file = written(tmp_path / "mixed.jsonl.gz", ["停车位被占。", "长" * 20_000, "垃圾没人清理。"])
    feeding = Feeding(installation, file, "elm")

    counted = feeding.run(tmp_path / "journal")

    assert counted == {"sent": 2, "already there": 0, "refused": 1}
    assert re.search(r"1 × text: .*10,?000.* {2}\(line 行 2\)", feeding.told)
    assert len(settled(installation, "elm")) == 2


def test_messages_of_citizens_arrive_all_and_each_is_classified_by_a_rule(
    installation: Installation, tmp_path: Path
) -> None:
    if not _MESSAGES.exists():
        pytest.skip(f"{_MESSAGES} is not there (LINLI_SHARED names the folder that holds data/)")
    with gzip.open(_MESSAGES) as lines:
        part = list(itertools.islice(lines, _PART))
    file = tmp_path / "messages.jsonl"
    file.write_bytes(b"".join(part))

    counted = Feeding(installation, file, "rowan").run(tmp_path / "journal")

    assert counted == {"sent": len(part), "already there": 0, "refused": 0}
    assert len(settled(installation, "rowan")) == received(installation.people, "rowan") == len(part)
    cases: list[Any] = classified(installation.people, "rowan")
    unmatched = sum(each["category_rule"] == "none" for each in cases)
    print(f"\n{unmatched} of {len(part)} messages matched no rule ({unmatched / len(part):.1%})")
