"""What drivers asked for and were answered, on the disk before and after each call."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from services.chassis.ids import new_id

#: Too late, at work on an earlier one with this key, too many: the same again may have another answer.
_NO_VERDICT = (408, 409, 429)


@dataclass(frozen=True)
class Attempt:
    """One call for the work that `key` stands for. `status` is the HTTP status, None where nobody answered.

    `result` is what the answer named: the number of a complaint.
    """

    key: str
    status: int | None = None
    result: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the answer promises that the work is done."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the answer promises that nothing was done for this key."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in _NO_VERDICT


class Journal:
    """A file of attempts that survives whoever writes it. Any number of threads may write."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def before(self, key: str) -> str:
        """An attempt is about to be made; returns its id."""
        attempt = new_id()
        self._write(attempt=attempt, key=key)
        return attempt

    def after(self, attempt: str, status: int | None, result: str | None = None) -> None:
        """What came of it."""
        self._write(attempt=attempt, status=status, result=result)

    def attempts(self) -> list[Attempt]:
        """All of them, read from the disk; one without an end had no answer."""
        found: dict[str, Attempt] = {}
        for line in self._lines():
            if "key" in line:
                found[line["attempt"]] = Attempt(line["key"])
            else:
                earlier = found[line["attempt"]]
                found[line["attempt"]] = Attempt(earlier.key, line["status"], line["result"])
        return list(found.values())

    def close(self) -> None:
        """Write no more."""
        os.close(self._descriptor)

    def _write(self, **entry: object) -> None:
        line = orjson.dumps({"at": time.time(), **entry}, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            os.write(self._descriptor, line)
        # Outside the lock: one wait for the disk serves all who came meanwhile.
        os.fsync(self._descriptor)

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self._file.read_bytes().splitlines():
            yield orjson.loads(line)
