"""The feed's client keeps patience with a service that is busy or away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.intake.feed.client import FeedClient, Outcome, Unreachable

Reply = tuple[int, dict[str, str], bytes]
Serve = Callable[[list[Reply]], str]

MADE: Reply = (201, {}, b'{"number": "TS-20261122-ABCDEF"}')


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A function that starts a server which gives these replies, the last one again and again."""
    servers: list[tuple[HTTPServer, threading.Thread]] = []

    def start(replies: list[Reply]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, body = replies.pop(0) if len(replies) > 1 else replies[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_waits_as_long_as_it_is_told(serve: Serve) -> None:
    busy: Reply = (429, {"Retry-After": "7"}, b"{}")
    away: Reply = (503, {"Retry-After": "Sun, 22 Nov 2026 04:00:00 GMT"}, b"<html>")
    pauses: list[float] = []

    outcome = FeedClient(serve([busy, away, MADE]), pause=pauses.append).complain({}, "k")

    assert outcome == Outcome("TS-20261122-ABCDEF")
    assert pauses == [7.0, 0.4]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"detail": "no", "errors": [{"field": "text", "message": "too long"}]}', "text: too long"),
        (b'{"detail": "no"}', "no"),
        (b"[]", "HTTP 422"),
    ],
)
def test_a_refusal_has_its_reason(body: bytes, reason: str, serve: Serve) -> None:
    outcome = FeedClient(serve([(422, {}, body)])).complain({}, "k")

    assert outcome == Outcome(None, reason=reason)


def test_patience_ends() -> None:
    pauses: list[float] = []
    client = FeedClient("http://127.0.0.1:1", pause=pauses.append)

    with pytest.raises(Unreachable):
        client.complain({}, "k")

    assert len(pauses) == 12
    assert max(pauses) == 30.0
