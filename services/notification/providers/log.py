"""The provider that writes messages into the log: for trying out, and until a real one is contracted."""

from __future__ import annotations

import structlog

from services.notification.domain.addresses import masked
from services.notification.providers import Message, Receipt

_log = structlog.get_logger(__name__)


class LogProvider:
    """Writes one line a message, its recipient masked. It keeps nothing, so a repeated key is another line."""

    def send(self, message: Message) -> Receipt:
        """Write the message."""
        _log.info(
            "message_sent",
            key=message.key,
            channel=message.channel.value,
            recipient=masked(message.recipient),
            title=message.title,
            text=message.text,
        )
        return Receipt(reference=f"log:{message.key}")
