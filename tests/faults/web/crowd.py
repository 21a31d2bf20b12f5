"""Many who complain at once over connections they keep, each as soon as he was answered."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass, field
from statistics import quantiles
from time import monotonic

import orjson

from tests.faults.journal import Journal
from tests.faults.residents import complaint, new_key
from tests.faults.web.process import ESTATE, Web

#: Seconds that somebody who was refused waits; far less than he was told.
_IMPATIENCE = 0.05


@dataclass
class Crowd:
    """What was answered: seconds of those let in, and the `Retry-After` of those refused by status."""

    seconds: list[float] = field(default_factory=list)
    refused: list[tuple[int, str | None]] = field(default_factory=list)
    others: list[object] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """Of those let in, in seconds."""
        return quantiles(self.seconds, n=100)[98]

    def note(self, status: int, retry_after: str | None, seconds: float) -> None:
        """One answer."""
        if status == 201:
            self.seconds.append(seconds)
        elif status in (429, 503):
            self.refused.append((status, retry_after))
        else:
            self.others.append(status)


def crowd(web: Web, journal: Journal, number: int, seconds: float) -> Crowd:
    """So many complain for so long."""
    answers, end = Crowd(), monotonic() + seconds
    threads = [threading.Thread(target=_complain, args=(web, journal, end, answers)) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _complain(web: Web, journal: Journal, end: float, answers: Crowd) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    while monotonic() < end:
        key = new_key()
        body = orjson.dumps(complaint(ESTATE, key))
        attempt, began = journal.before(key), monotonic()
        try:
            connection.request(
                "POST",
                "/api/intake/complaints",
                body,
                {"Content-Type": "application/json", "Idempotency-Key": key},
            )
            answer = connection.getresponse()
            content = orjson.loads(answer.read())
        except (OSError, http.client.HTTPException) as error:
            journal.after(attempt, None)
            answers.others.append(error)
            connection.close()
            continue
        answers.note(answer.status, answer.headers["Retry-After"], monotonic() - began)
        journal.after(attempt, answer.status, content.get("number"))
        if answer.status != 201:
            threading.Event().wait(_IMPATIENCE)
    connection.close()
