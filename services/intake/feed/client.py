"""The public API as a feed needs it: estates are read, complaints are made, patience is kept."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

#: Seconds without an answer after which a connection is given up.
_TIMEOUT = 30.0

#: Tries of one request, and the longest pause between two of them in seconds: some minutes in all.
_TRIES = 12
_LONGEST_PAUSE = 30.0

_PAGE = 100


class Unreachable(Exception):
    """The service did not answer, or was not able to, in all tries."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a complaint: its number, or why it was refused. `again` is whether it was there before."""

    number: str | None
    again: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: Any


class FeedClient:
    """Talks to one installation; each thread keeps a connection of its own open."""

    def __init__(self, url: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._url = urlsplit(url)
        self._pause = pause
        self._mine = threading.local()

    def estates(self) -> list[str]:
        """Return the codes of all estates. Raises `Unreachable`."""
        codes: list[str] = []
        page = 1
        while True:
            query = urlencode({"page": page, "page_size": _PAGE, "sort": "code"})
            reply = self._request("GET", f"/api/intake/estates?{query}")
            if reply.status != 200:
                raise Unreachable(f"HTTP {reply.status}")
            codes += [item["code"] for item in reply.body["items"]]
            if page * _PAGE >= reply.body["total"]:
                return codes
            page += 1

    def complain(self, complaint: Mapping[str, Any], key: str) -> Outcome:
        """Make a complaint, once for each key. Raises `Unreachable`."""
        reply = self._request("POST", "/api/intake/complaints", complaint, {"Idempotency-Key": key})
        if reply.status == 201:
            return Outcome(reply.body["number"], again="idempotency-replayed" in reply.headers)
        return Outcome(None, reason=_reason(reply))

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Reply:
        problem = ""
        for attempt in range(_TRIES):
            wait = min(0.2 * 2**attempt, _LONGEST_PAUSE)
            try:
                reply = self._once(method, path, body, headers or {})
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._drop()
                problem = f"{type(error).__name__}: {error}"
            else:
                if not _worth_another_try(reply):
                    return reply
                problem = f"HTTP {reply.status}"
                asked = reply.headers.get("retry-after", "")
                wait = float(asked) if asked.isdigit() else wait
            self._pause(wait)
        raise Unreachable(problem)

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> _Reply:
        connection = self._connection()
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Accept-Language": "zh", **headers}
        connection.request(method, self._url.path.rstrip("/") + path, content, sent)
        response = connection.getresponse()
        text = response.read()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return _Reply(response.status, answered, json.loads(text) if text else None)

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if connection is None:
            secure = self._url.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = kind(self._url.netloc, timeout=_TIMEOUT)
            self._mine.connection = connection
        return connection

    def _drop(self) -> None:
        connection: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._mine.connection = None


def _worth_another_try(reply: _Reply) -> bool:
    return reply.status == 429 or reply.status >= 500


def _reason(reply: _Reply) -> str:
    problem = _problem(reply)
    errors = [f"{error['field']}: {error['message']}" for error in problem.get("errors", [])]
    return "; ".join(errors) or problem.get("detail") or f"HTTP {reply.status}"


def _problem(reply: _Reply) -> Mapping[str, Any]:
    return reply.body if isinstance(reply.body, dict) else {}
