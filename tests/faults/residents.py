"""Residents who complain without end and give up on nothing: whatever happens to an answer, they ask again with its key."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterable
from time import monotonic
from typing import Any

import requests

from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.faults.journal import Journal

#: Seconds in which what was started must come to its end.
_PATIENCE = 1800.0
#: Seconds before something is asked again that was not done, and the tries after which nobody hopes any more.
_AGAIN, _TRIES = 0.1, 600
_SEPARATOR = "§"


class Residents:
    """Some of an estate, each with a telephone, who send one complaint after another.

    The key of each stands in its text, so that the complaint is found again by it. `pause` is how many seconds each waits
    between two complaints.
    """

    def __init__(
        self, public: Client, estate: str, journal: Journal, *, senders: int = 3, pause: float = 0.0
    ) -> None:
        self._public = public
        self._estate = estate
        self._journal = journal
        self._pause = pause
        self._enough = threading.Event()
        self._counter = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(at,)) for at in range(senders)]
        self.accepted = 0
        #: How long each answer took, in seconds.
        self.seconds: list[float] = []
        self._heard: Counter[int] = Counter()

    def __enter__(self) -> Residents:
        """They begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """They end, each with the complaint he is at."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def reach(self, accepted: int) -> None:
        """Wait until so many complaints were accepted."""
        eventually(lambda: self.accepted >= accepted, _PATIENCE, interval=0.1)

    def hear(self, status: int) -> None:
        """Wait until somebody gets an answer with this status."""
        before = self._heard[status]
        eventually(lambda: self._heard[status] > before, _PATIENCE)

    def _send(self, sender: int) -> None:
        while not self._enough.wait(self._pause):
            key = new_key()
            body = {**complaint(self._estate, key), "reporter": {"phone": f"+861990002000{sender}"}}
            for _ in range(_TRIES):
                if self._settled(key, body):
                    break
                threading.Event().wait(_AGAIN)

    def _settled(self, key: str, body: dict[str, Any]) -> bool:
        attempt, began = self._journal.before(key), monotonic()
        try:
            answer = self._public.request(
                "POST", "/api/intake/complaints", json=body, headers={"Idempotency-Key": key}
            )
        except requests.RequestException:
            self._journal.after(attempt, None)
            return False
        self.seconds.append(monotonic() - began)
        self._heard[answer.status_code] += 1
        self._journal.after(attempt, answer.status_code, answer.json()["number"] if answer.ok else None)
        if answer.ok:
            with self._counter:
                self.accepted += 1
        return answer.ok or answer.status_code in (400, 404, 422)


def by_key(complaints: Iterable[Any]) -> dict[str, list[str]]:
    """The numbers of complaints as the list shows them, by the keys in their texts."""
    found: dict[str, list[str]] = {}
    for each in complaints:
        found.setdefault(each["text"].rpartition(_SEPARATOR)[2], []).append(each["number"])
    return found


def complaint(estate: str, key: str) -> dict[str, Any]:
    """What somebody without a name sends."""
    return {"estate": estate, "channel": "app", "text": f"门口的灯不亮。{_SEPARATOR}{key}"}


def new_key() -> str:
    """A key that nobody had before."""
    # Letters alone: a run of digits would be masked as a telephone number.
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex)
