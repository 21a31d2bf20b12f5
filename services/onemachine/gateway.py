"""One origin for the four services on one machine (DESIGN §6); in a cluster the ingress does this.

Each request gets a connection of its own to its service, which one machine can afford.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry
from werkzeug.datastructures import Headers
from werkzeug.exceptions import LengthRequired
from werkzeug.http import is_hop_by_hop_header

from services.chassis.auth.keys import JwksFile
from services.chassis.clock import SystemClock
from services.chassis.errors import NotFound, Unavailable
from services.chassis.http.access import Gate, public
from services.chassis.http.app import HttpContext, create_app
from services.chassis.http.server import Server, serve
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.onemachine.settings import GatewaySettings

#: Bytes of the largest body that is passed on; each service has smaller limits of its own.
MAX_BODY_BYTES = 64 * 1024 * 1024
#: Longer than a statement may take and a service takes to answer that the database is away (seconds).
_ANSWER_SECONDS = 30
_CHUNK = 64 * 1024
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
#: What the server in front says itself.
_SAID_ANEW = frozenset({"date", "server"})


class _NobodyDisabled:
    """Who is disabled is known to the services, which check each token again."""

    def is_disabled(self, principal_id: str) -> bool:
        """No."""
        return False


def run_gateway(settings: GatewaySettings) -> None:
    """Serve until SIGTERM."""
    serve(
        Server(
            lambda: application(settings),
            "127.0.0.1",
            settings.port,
            threads=settings.threads,
            socket=settings.socket,
        )
    )


def application(settings: GatewaySettings) -> Flask:
    """`/api/<service>/…` is answered by that service, health and metrics here; the gateway is ready when all four are."""
    clock = SystemClock()
    targets = {name: urlsplit(url).netloc for name, url in settings.targets().items()}
    waiting = {name: threading.Semaphore(max(1, settings.threads // 2)) for name in targets}
    app = create_app(
        "gateway",
        [],
        context=HttpContext(
            clock=clock,
            metrics=PlatformMetrics(CollectorRegistry()),
            translator=Translator(MESSAGES),
            gate=Gate(JwksFile(settings.jwks_file, clock), _NobodyDisabled(), clock),
            readiness={name: _ready(target) for name, target in targets.items()},
            max_body_bytes=MAX_BODY_BYTES,
        ),
    )

    @public
    def forward(service: str, rest: str) -> Response:
        """Pass the request on. Raises `NotFound`, and `Unavailable` while the service does not answer."""
        if service not in targets:
            raise NotFound("route_unknown")
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired
        # A service that hangs keeps some threads waiting, not those of the others too.
        if not waiting[service].acquire(blocking=False):
            raise Unavailable
        try:
            return _answer_of(targets[service])
        finally:
            waiting[service].release()

    app.add_url_rule(
        "/api/<service>/<path:rest>", view_func=forward, methods=_METHODS, provide_automatic_options=False
    )
    return app


def _answer_of(target: str) -> Response:
    connection = http.client.HTTPConnection(target, timeout=_ANSWER_SECONDS)
    try:
        _send(connection)
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise Unavailable from error
    response = Response(_body(connection, answer), status=answer.status)
    response.headers = Headers(
        [pair for pair in answer.getheaders() if _passed_on(pair[0]) and pair[0].lower() not in _SAID_ANEW]
    )
    return response


def _send(connection: http.client.HTTPConnection) -> None:
    """Send the present request as it came. A service may answer before it has read a body that is too long for it."""
    connection.putrequest(
        request.method, request.environ["RAW_URI"], skip_host=True, skip_accept_encoding=True
    )
    for name, value in {**_headers(), **_forwarded()}.items():
        connection.putheader(name, value)
    connection.endheaders()
    listening = True
    while chunk := request.stream.read(_CHUNK):
        if listening:
            try:
                connection.send(chunk)
            except (BrokenPipeError, ConnectionResetError):
                listening = False


def _headers() -> Mapping[str, str]:
    return {name: value for name, value in request.headers.items() if _passed_on(name)}


def _forwarded() -> Mapping[str, str]:
    """Who asked, appended to what a proxy in front said before."""
    values = {
        "X-Forwarded-For": request.environ["REMOTE_ADDR"],
        "X-Forwarded-Proto": request.scheme,
        "X-Forwarded-Host": request.host,
    }
    appended = {
        name: f"{request.headers[name]}, {value}" if name in request.headers else value
        for name, value in values.items()
    }
    return {**appended, "X-Request-Id": g.request_id, "Connection": "close"}


def _passed_on(header: str) -> bool:
    return not is_hop_by_hop_header(header)


def _body(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := answer.read(_CHUNK):
            yield chunk
    finally:
        connection.close()


def _ready(target: str) -> Callable[[], None]:
    def check() -> None:
        connection = http.client.HTTPConnection(target, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status != http.HTTPStatus.OK:
                raise Unavailable
        finally:
            connection.close()

    return check
