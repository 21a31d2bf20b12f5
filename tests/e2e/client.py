"""The public API as the journeys use it, and the group of estates they happen in."""

from __future__ import annotations

import time
import uuid
from typing import Any

import requests

#: A request that takes longer is a failure (seconds).
_TIMEOUT = 60.0
PASSWORD = "a password of the tests"


class Client:
    """One caller: a resident without a token, or a person who signed in."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, method: str, path: str, **keywords: Any) -> requests.Response:
        """Any request, whatever comes of it."""
        headers = {"Accept-Language": "en", **self._headers, **keywords.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=_TIMEOUT, **keywords)

    def get(self, path: str, **query: Any) -> Any:
        """What is at `path`; fails unless it is there."""
        return _content(self.request("GET", path, params=query))

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        """What comes of sending JSON, or CSV if `body` is a text; fails unless it is accepted."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        if isinstance(body, str):
            headers["Content-Type"] = "text/csv"
            return _content(self.request("POST", path, data=body.encode(), headers=headers))
        return _content(self.request("POST", path, json=body, headers=headers))


class People:
    """Everybody who has an account at one installation, signed in when first needed."""

    #: Tokens live for 15 minutes.
    _RENEW_AFTER = 600.0

    def __init__(self, url: str) -> None:
        self._url = url
        self._signed_in: dict[str, tuple[float, Client]] = {}
        self.public = Client(url)

    def __getitem__(self, username: str) -> Client:
        """This person."""
        since, client = self._signed_in.get(username, (-self._RENEW_AFTER, self.public))
        if time.monotonic() - since > self._RENEW_AFTER:
            wanted = {"username": username, "password": PASSWORD}
            client = Client(self._url, self.public.post("/api/routing/tokens", wanted)["access_token"])
            self._signed_in[username] = (time.monotonic(), client)
        return client


def _content(answer: requests.Response) -> Any:
    assert answer.ok, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None
