"""What `linli up` and its gateway are told by their environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.chassis.settings import setting


@dataclass(frozen=True)
class OneMachineSettings:
    """Where the installation lives and listens, and the servers it shall use instead of private ones.

    The gateway listens on `port`, the other processes on the ports after it. The broker is named by both of its URLs, of which
    the AMQP one tells host and port only; each service gets a user of its own. `postgres_url` is that of an administrator.
    """

    home: Path = setting("LINLI_HOME", Path(".linli"))
    port: int = setting("LINLI_HTTP_PORT", 8080)
    vhost: str = setting("LINLI_RABBITMQ_VHOST", "linli")
    trusted_proxies: int = setting("LINLI_TRUSTED_PROXIES", 0)
    amqp_url: str | None = setting("LINLI_AMQP_URL", None, secret=True)
    management_url: str | None = setting("LINLI_RABBITMQ_MANAGEMENT_URL", None, secret=True)
    postgres_url: str | None = setting("LINLI_POSTGRES_URL", None, secret=True)

    @property
    def folder(self) -> Path:
        """Everything of this installation; an embedded one lives beside it in the same home."""
        return self.home.absolute() / "up"


@dataclass(frozen=True)
class GatewaySettings:
    """Where the gateway listens and the services answer."""

    jwks_file: Path = setting("LINLI_JWKS_FILE")
    log_level: str = setting("LINLI_LOG_LEVEL", "INFO")
    port: int = setting("LINLI_HTTP_PORT", 8080)
    socket: int | None = setting("LINLI_HTTP_SOCKET", None)
    threads: int = setting("LINLI_HTTP_THREADS", 32)
    intake: str = setting("LINLI_INTAKE_URL")
    routing: str = setting("LINLI_ROUTING_URL")
    notification: str = setting("LINLI_NOTIFICATION_URL")
    analytics: str = setting("LINLI_ANALYTICS_URL")

    def targets(self) -> dict[str, str]:
        """The URL of each service."""
        return {name: getattr(self, name) for name in ("intake", "routing", "notification", "analytics")}
