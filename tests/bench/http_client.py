"""A small asynchronous HTTP client: it shares the machine with what it measures, so it does as little as it can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Answer:
    """What came back: `seconds` from the request to its last byte; status 0 is a connection that broke."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return orjson.loads(self.body)


@dataclass
class Caller:
    """One connection to one server on this machine, opened when needed and kept."""

    port: int
    token: str | None = None
    _reader: asyncio.StreamReader | None = field(default=None, init=False)
    _writer: asyncio.StreamWriter | None = field(default=None, init=False)

    async def request(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **headers: str
    ) -> Answer:
        """Send a request; of a header's name `_` stands for `-`. An idle connection that was closed is opened anew once."""
        content = b"" if body is None else orjson.dumps(body)
        given = {"Authorization": f"Bearer {token or self.token}"} if token or self.token else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        message = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content
        began = time.perf_counter()
        for _ in range(2):
            reused = self._writer is not None
            try:
                status, answered, text = await self._exchange(message)
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                if not reused:
                    break
            else:
                return Answer(status, answered, text, time.perf_counter() - began)
        return Answer(0, {}, b"", time.perf_counter() - began)

    def close(self) -> None:
        """Let go of the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _exchange(self, message: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(message)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        text = await self._reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        return int(head[0].split(" ", 2)[1]), headers, text
