"""Several services behind one origin, as the embedded process runs them (DESIGN §3, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def dispatch(services: Mapping[str, WSGIApplication], default: WSGIApplication) -> WSGIApplication:
    """Return an application that gives ``/api/<name>/…`` to the service of that name, all else to ``default``."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts = environ.get("PATH_INFO", "").split("/", 3)
        below_api = len(parts) > 2 and parts[1] == "api"
        target = services.get(parts[2], default) if below_api else default
        return target(environ, start_response)

    return application
