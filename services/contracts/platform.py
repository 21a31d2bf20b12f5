"""What the chassis publishes for the services: archives sent again, and sealed streams (DESIGN §2.12, §2.13)."""

from __future__ import annotations

from marshmallow import fields

from services.contracts.fields import EventSchema, count, event_id, instant, string


class ReplayRequested(EventSchema):
    """A consumer opened a new generation and wants the publishers' archives. Subject: the consumer.

    With `since` it needs what was recorded from then on, and a day more; the rest it has.
    """

    consumer = string()
    generation = count()
    since = instant(required=False)


class ReplayFinished(EventSchema):
    """A publisher has sent its archive to `consumer`: so many events.

    `archive_from` is when its archive begins; None when nothing was ever dropped from it.
    """

    consumer = string()
    generation = count()
    sent = count()
    archive_from = instant(required=False)


class StreamSealed(EventSchema):
    """A publisher has sent so many events of one `type`, no more will follow in this range of ids. Subject: the type.

    The range is behind `after` up to `until`; ids are UUIDv7, so it is a span of time, by default within one hour. `digest`
    is the SHA-256 of the ids, sorted and joined by line feeds. With `consumer`, it answers what that one missed.
    """

    type = string()
    after = event_id()
    until = event_id()
    count = count()
    digest = string()
    consumer = string(required=False)


class StreamMissing(EventSchema):
    """A consumer lacks some of the events of `type` that `source` has sealed in a range. Subject: the source.

    `known` are the ids it does know, at least the first of them.
    """

    source = string()
    type = string()
    after = event_id()
    until = event_id()
    known = fields.List(event_id(), required=True)
