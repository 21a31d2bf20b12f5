"""One origin for the four services on one machine (DESIGN §6); in a cluster the ingress does this.

werkzeug's proxy opens a connection for each request, which one machine can afford.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry
from werkzeug.exceptions import LengthRequired
from werkzeug.middleware.http_proxy import ProxyMiddleware

from services.chassis.auth.keys import JwksFile
from services.chassis.clock import SystemClock
from services.chassis.errors import Unavailable
from services.chassis.http.access import Gate
from services.chassis.http.app import HttpContext, create_app
from services.chassis.http.server import Server, serve
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.onemachine.settings import GatewaySettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Longer than a statement may take and a service takes to answer that the database is away (seconds).
_ANSWER_SECONDS = 30


class _NobodyDisabled:
    """The gateway has no route of its own that a principal could use."""

    def is_disabled(self, principal_id: str) -> bool:
        """No."""
        return False


def run_gateway(settings: GatewaySettings) -> None:
    """Serve until SIGTERM."""
    serve(Server(lambda: application(settings), "127.0.0.1", settings.port, threads=settings.threads))


def application(settings: GatewaySettings) -> WSGIApplication:
    """`/api/<service>/…` is answered by that service, health and metrics of the gateway by itself; ready when all four are."""
    clock = SystemClock()
    targets = settings.targets()
    own = create_app(
        "gateway",
        [],
        context=HttpContext(
            clock=clock,
            metrics=PlatformMetrics(CollectorRegistry()),
            translator=Translator(MESSAGES),
            gate=Gate(JwksFile(settings.jwks_file, clock), _NobodyDisabled(), clock),
            readiness={name: _ready(url) for name, url in targets.items()},
        ),
    )
    # The services make links of the host that the client asked for.
    prefixes = {f"/api/{name}": {"target": url, "host": None} for name, url in targets.items()}
    return _forwarding(ProxyMiddleware(own, prefixes, timeout=_ANSWER_SECONDS))


def _forwarding(proxy: WSGIApplication) -> WSGIApplication:
    """Tell the services who asked, and refuse bodies of unknown length, which the proxy cannot pass on."""

    def forward(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ:
            return LengthRequired()(environ, start_response)
        for header, value in _forwarded(environ).items():
            before = environ.get(header)
            environ[header] = f"{before}, {value}" if before else value
        return proxy(environ, start_response)

    return forward


def _forwarded(environ: WSGIEnvironment) -> Mapping[str, str]:
    return {
        "HTTP_X_FORWARDED_FOR": environ["REMOTE_ADDR"],
        "HTTP_X_FORWARDED_PROTO": environ["wsgi.url_scheme"],
        "HTTP_X_FORWARDED_HOST": environ.get("HTTP_HOST", "127.0.0.1"),
    }


def _ready(url: str) -> Callable[[], None]:
    def check() -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status != http.HTTPStatus.OK:
                raise Unavailable()
        finally:
            connection.close()

    return check
