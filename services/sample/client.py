"""A client of Linli's own HTTP interface: JSON in and out."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT = 30


class Refused(Exception):
    """The interface answered with an error; `problem` is what it said."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem}")
        self.status = status
        self.problem = problem


class Client:
    """Talks to the installation at `url`; `token` is sent where it is set."""

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = urlsplit(url)
        self._url = url
        self._token = token
        self._connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=_TIMEOUT
        )

    def signed_in(self, username: str, password: str) -> Client:
        """The same installation as a person who works there. Raises `Refused`."""
        answer = self.post("/api/routing/tokens", {"username": username, "password": password})
        return Client(self._url, answer["access_token"])

    def get(self, path: str) -> Any:
        """What is at `path`. Raises `Refused`, `OSError`."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Any] | str, *, key: str | None = None) -> Any:
        """Send JSON, or a text as CSV; `key` makes repeating it harmless. Raises `Refused`, `OSError`."""
        headers = {"Idempotency-Key": key} if key else {}
        if isinstance(body, str):
            return self._ask("POST", path, body.encode(), {**headers, "Content-Type": "text/csv"})
        return self._ask(
            "POST", path, json.dumps(body).encode(), {**headers, "Content-Type": "application/json"}
        )

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        parts = urlsplit(self._url)
        # A connection for each request: one kept open may be closed by the server just when it is used again.
        connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=_TIMEOUT
        )
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        said = json.loads(content) if content else {}
        if answer.status >= 400:
            raise Refused(answer.status, said)
        return said
