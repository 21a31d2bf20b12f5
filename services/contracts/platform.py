"""What the chassis publishes for the services: sending an archive again (DESIGN §2.13)."""

from __future__ import annotations

from services.contracts.fields import EventSchema, count, string


class ReplayRequested(EventSchema):
    """A consumer opened a new generation and wants the publishers' archives. Subject: the consumer."""

    consumer = string()
    generation = count()


class ReplayFinished(EventSchema):
    """A publisher has sent its archive to `consumer`: so many events."""

    consumer = string()
    generation = count()
    sent = count()
