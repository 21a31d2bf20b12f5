"""`kill -9` while complaints are being made, and what is there after the next start."""

from __future__ import annotations

import threading
from collections.abc import Callable

import requests

from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.e2e.counting import settled
from tests.e2e.installation import Installation

_SENDERS = 3


class Traffic:
    """Residents who send complaints until nobody answers; `accepted` are the numbers of their receipts."""

    def __init__(self, public: Client, estate: str) -> None:
        self.accepted: list[str] = []
        self._public = public
        self._estate = estate
        self._threads = [threading.Thread(target=self._send, args=(at,)) for at in range(_SENDERS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until nobody answers any more."""
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        reporter = {"phone": f"+861990002000{sender}"}
        body = {"estate": self._estate, "channel": "app", "text": "门口的灯不亮。", "reporter": reporter}
        while True:
            try:
                answer = self._public.request("POST", "/api/intake/complaints", json=body)
            except requests.RequestException:
                return
            if not answer.ok:
                return
            self.accepted.append(answer.json()["number"])


def survives(installation: Installation, estate: str, kill: Callable[[], None]) -> None:
    """Kill it under traffic and start it: every complaint accepted is there, everywhere, once."""
    traffic = Traffic(installation.people.public, estate)
    traffic.start()
    eventually(lambda: len(traffic.accepted) >= 60, 30.0)
    kill()
    traffic.join()
    installation.start()

    numbers = settled(installation, estate, receipts=True)

    assert set(traffic.accepted) <= set(numbers)
    # An answer may be lost on its way, one for each who waited for it.
    assert len(numbers) - len(traffic.accepted) <= _SENDERS


def test_every_accepted_complaint_outlives_a_crash_of_everything(installation: Installation) -> None:
    survives(installation, "cedar", installation.kill)


def test_every_accepted_complaint_outlives_a_crash_that_the_database_server_survives(
    embedded: Installation,
) -> None:
    survives(embedded, "pine", embedded.kill_programs)
