"""Routes for those who run the system: liveness, readiness, metrics (DESIGN §3, §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from services.chassis.http.access import public
from services.chassis.http.json import json_response

#: Raises if what it looks at is not ready.
Check = Callable[[], None]

_log = structlog.get_logger(__name__)


def operations(
    registry: CollectorRegistry, readiness: Mapping[str, Check], liveness: Mapping[str, Check]
) -> Blueprint:
    """Return the blueprint of ``/healthz``, ``/readyz`` and ``/metrics``."""
    bp = Blueprint("operations", __name__)

    @public
    def healthz() -> Response:
        return _answer(liveness)

    @public
    def readyz() -> Response:
        return _answer(readiness)

    @public
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    for view in (healthz, readyz, metrics):
        bp.add_url_rule(f"/{view.__name__}", view_func=view)
    return bp


def _answer(checks: Mapping[str, Check]) -> Response:
    results = {name: _passes(name, check) for name, check in checks.items()}
    ready = all(results.values())
    states = {name: "ok" if passed else "failing" for name, passed in results.items()}
    return json_response({"status": "ok" if ready else "failing", "checks": states}, 200 if ready else 503)


def _passes(name: str, check: Check) -> bool:
    try:
        check()
    except Exception as error:
        # Any failure means "not ready"; a probe that raised would only hide which check it was.
        _log.warning("check_failed", check=name, error=type(error).__name__)
        return False
    return True
