"""What `linli replay` is told by its environment besides the settings of intake."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.settings import setting


@dataclass(frozen=True)
class QueueSettings:
    """Where the queues are that it must not flood: at a broker, or in the table of the embedded shape."""

    amqp_url: str | None = setting("LINLI_AMQP_URL", None, secret=True)
    #: The same in the file of variables beside an installation, where each service has a user of its own.
    intake_amqp_url: str | None = setting("LINLI_INTAKE_AMQP_URL", None, secret=True)
    transport_database_url: str | None = setting("LINLI_TRANSPORT_DATABASE_URL", None, secret=True)
