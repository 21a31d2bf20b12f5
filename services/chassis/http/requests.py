"""What every request gets: an id, a trace, a measurement and one line in the log."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import structlog
from flask import Flask, Response, g, request

from services.chassis.clock import Clock
from services.chassis.errors import NotFound
from services.chassis.ids import new_id
from services.chassis.metrics import PlatformMetrics
from services.chassis.tracing import trace, trace_id

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")

#: Label of requests that no route took, so that a scanner cannot make time series.
OTHER_ROUTE = "other"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log = structlog.get_logger(__name__)


def refuse_unprintable_paths(app: Flask) -> None:
    """Answer 404 where the path holds control characters: nothing has such a name, and PostgreSQL refuses NUL."""

    def check() -> None:
        if _CONTROL.search(request.path):
            raise NotFound("route_unknown")

    app.before_request(check)


def observe(app: Flask, service: str, clock: Clock, metrics: PlatformMetrics) -> None:
    """Give each request of ``app`` its id and trace, measure and log it.

    A well formed ``X-Request-Id`` and ``traceparent`` are taken over, else new ones are made; the request id
    is sent back.
    """

    def begin() -> None:
        g.started = clock.monotonic()
        sent = request.headers.get("X-Request-Id", "")
        g.request_id = sent if _REQUEST_ID.fullmatch(sent) else new_id()
        g.trace = trace(request.headers.get("traceparent"))
        span = g.trace.__enter__()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            service=service, request_id=g.request_id, trace_id=trace_id(span)
        )

    def finish(response: Response) -> Response:
        seconds = clock.monotonic() - g.started
        route = request.url_rule.rule if request.url_rule else OTHER_ROUTE
        method = request.method if request.method in _METHODS else OTHER_ROUTE
        metrics.http_request_duration.labels(service, method, route, str(response.status_code)).observe(
            seconds
        )
        response.headers["X-Request-Id"] = g.request_id
        # What staff see is nothing for a shared cache, and no answer is anything but what it says it is.
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        _log.info(
            "request",
            method=method,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )
        return response

    def end(_: BaseException | None) -> None:
        running: AbstractContextManager[str] | None = g.pop("trace", None)
        if running is not None:
            running.__exit__(None, None, None)
        structlog.contextvars.clear_contextvars()

    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(end)
