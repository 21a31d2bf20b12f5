"""The application factory of all services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import flask_smorest
from apispec import APISpec
from flask import Flask, Response
from marshmallow import Schema, fields
from werkzeug.middleware.proxy_fix import ProxyFix

from services.chassis.clock import Clock
from services.chassis.http.access import SECURITY_SCHEME, Gate, guard, public, refuse_unmarked
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.fields import Instant
from services.chassis.http.json import StrictJSONProvider, dump
from services.chassis.http.operations import Check, operations
from services.chassis.http.overload import refuse_surplus
from services.chassis.http.problems import CONTENT_TYPE, register_error_handlers
from services.chassis.http.requests import observe, refuse_unprintable_paths
from services.chassis.i18n import Translator
from services.chassis.metrics import PlatformMetrics

#: Bytes of the largest body a service takes unless it says otherwise (RELIABILITY P34).
MAX_BODY_BYTES = 1024 * 1024

#: Parts of a multipart form, and bytes of it that are held in memory (RELIABILITY P34).
MAX_FORM_PARTS = 20
MAX_FORM_MEMORY_BYTES = 500_000


@dataclass(frozen=True)
class HttpContext:
    """What the edge of a service needs; wired in the service's ``app.py``.

    ``readiness`` and ``liveness`` name checks that raise when they fail. ``trusted_proxies`` is the number of
    proxies in front whose ``X-Forwarded-*`` headers count.
    """

    clock: Clock
    metrics: PlatformMetrics
    translator: Translator
    gate: Gate
    readiness: Mapping[str, Check] = field(default_factory=dict)
    liveness: Mapping[str, Check] = field(default_factory=dict)
    max_body_bytes: int = MAX_BODY_BYTES
    trusted_proxies: int = 0


def create_app(name: str, blueprints: Iterable[Blueprint], *, context: HttpContext) -> Flask:
    """Return the WSGI application of service ``name`` with its routes below ``/api/<name>``.

    Raises ``UnmarkedRoute`` if a view does not say who may call it.
    """
    app = _App(name, static_folder=None)
    app.json = StrictJSONProvider(app)
    app.url_map.redirect_defaults = False
    app.config.update(
        MAX_CONTENT_LENGTH=context.max_body_bytes,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_MEMORY_BYTES,
        PROPAGATE_EXCEPTIONS=False,
        API_TITLE=f"Linli {name}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": "Errors are RFC 9457 problems, in Chinese or English."}},
    )
    if context.trusted_proxies:
        hops = context.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    observe(app, name, context.clock, context.metrics)
    refuse_surplus(app)
    refuse_unprintable_paths(app)
    guard(app, context.gate)
    register_error_handlers(app, context.translator)

    api = _Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint, url_prefix=f"/api/{name}")
    _serve_document(app, name, api)
    app.register_blueprint(operations(context.metrics.registry, context.readiness, context.liveness))
    refuse_unmarked(app)
    return app


class _App(Flask):
    """Flask without what is for coroutines: it would look at every function of every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: all of ours are plain ones."""
        return func


def _serve_document(app: Flask, name: str, api: _Api) -> None:
    document = dump(api.spec.to_dict())

    @public
    def openapi() -> Response:
        return Response(document, content_type="application/json")

    app.add_url_rule(f"/api/{name}/openapi.json", "openapi", openapi)


class FieldProblemSchema(Schema):
    """What is wrong with one field."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """An RFC 9457 problem; ``code`` is stable, the texts are for people."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblemSchema))


class _Api(flask_smorest.Api):
    """flask-smorest with our problems instead of its error format."""

    spec: APISpec

    def _register_error_handlers(self) -> None:
        """Leave errors to ``problems``."""

    def _init_spec(self, **options: object) -> None:
        super()._init_spec(**options)
        self.register_field(Instant, "string", "date-time")
        self.spec.components.security_scheme(
            SECURITY_SCHEME, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        )

    def _register_responses(self) -> None:
        content = {CONTENT_TYPE: {"schema": ProblemSchema}}
        for status, title in (("UNPROCESSABLE_ENTITY", "Invalid"), ("DEFAULT_ERROR", "Any other problem")):
            self.spec.components.response(status, {"description": title, "content": content}, lazy=True)
