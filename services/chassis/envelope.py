"""Events on the wire: CloudEvents 1.0, structured JSON (DESIGN §5).

An event that is spelled as we spell ours is read at once; every other is put to the CloudEvents library, which reads it or says
what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import orjson
from cloudevents.core.base import BaseCloudEvent, EventFactory
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_structured
from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from marshmallow import ValidationError

from services.chassis.events import HISTORICAL, LIVE, Catalogue, Event

CONTENT_TYPE = JSONFormat.CONTENT_TYPE
_TYPE = re.compile(r"linli\.(?P<name>[a-z_]+(?:\.[a-z_]+)+)\.v(?P<version>[1-9][0-9]{0,4})")
#: The library would invent a missing id or time, and a message without an id could not be told from its copy.
_REQUIRED = frozenset({"id", "source", "type", "specversion", "time"})
_MAX_SUBJECT = 255
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_VERSION = r"[1-9][0-9]{0,17}"
#: The end of an event's JSON; `{}` stands for its version.
VERSIONED = ',"version":"{}"}}'
_LONGEST_VERSION = len(VERSIONED) + 18
#: Bytes of one message at most: brokers have limits of their own, and a worker holds as many messages as its prefetch.
MAX_BODY = 1 << 20


class BadMessage(Exception):
    """A message that cannot be read.

    `reason` is a stable code: `too_large`, `not_json`, `no_envelope`, `unknown_type`, `schema`, `unreadable`.
    """

    def __init__(
        self,
        reason: str,
        cause: str,
        *,
        event_id: str | None = None,
        name: str | None = None,
        subject: str | None = None,
    ) -> None:
        super().__init__(f"{reason}: {cause}")
        self.reason = reason
        self.cause = cause
        self.event_id = event_id
        self.name = name
        self.subject = subject


class _Ours(msgspec.Struct, forbid_unknown_fields=True):
    """A message with the attributes that `encode` writes, and no other."""

    id: Annotated[str, msgspec.Meta(pattern=rf"^{_UUID}\Z", max_length=36)]
    source: Annotated[str, msgspec.Meta(pattern=r"^/[a-z_]+\Z", max_length=64)]
    type: Annotated[str, msgspec.Meta(pattern=rf"^{_TYPE.pattern}\Z", max_length=255)]
    specversion: Literal["1.0"]
    datacontenttype: Literal["application/json"]
    subject: Annotated[str, msgspec.Meta(pattern=r"^[^\x00]+\Z", max_length=_MAX_SUBJECT)]
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    version: Annotated[str, msgspec.Meta(pattern=rf"^{_VERSION}\Z", max_length=18)]
    mode: Literal["live", "historical"]
    data: dict[str, Any]
    estate: str | None = None
    causationid: str | None = None
    traceparent: str | None = None


class OrjsonFormat(JSONFormat):
    """The CloudEvents JSON format, read by orjson."""

    def read(self, event_factory: EventFactory | None, data: str | bytes) -> BaseCloudEvent:
        """One event from its JSON text. Raises `ValueError` for what is not JSON, `TypeError` for what is no event."""
        attributes = orjson.loads(data)
        if orjson.dumps(attributes) != data:
            # Not spelled as we spell it: the slow parser, for only that one sees a key that is there twice.
            json.loads(data, object_pairs_hook=_without_repeats)
        if not isinstance(attributes, dict):
            raise TypeError("the message is not a JSON object")
        missing = _REQUIRED - attributes.keys()
        if missing:
            raise TypeError(f"without {', '.join(sorted(missing))}")
        payload = attributes.pop("data", None)
        if isinstance(attributes.get("time"), str):
            attributes["time"] = _time(attributes["time"])
        return (event_factory or CloudEvent)(attributes, payload)


_FORMAT = OrjsonFormat()


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key is there twice")
    return members


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise TypeError(f"time: {error}") from error


def encode(event: Event, catalogue: Catalogue) -> bytes:
    """The structured JSON of one event.

    Raises `LookupError`, `marshmallow.ValidationError` and, past `MAX_BODY`, `ValueError`: all are bugs of the publisher and
    end its transaction.
    """
    return draft(event, catalogue)[:-1] + VERSIONED.format(event.version).encode()


def draft(event: Event, catalogue: Catalogue) -> bytes:
    """What `encode` gives, as far as it can be written before the event has its version.

    Its last character gives way to `VERSIONED` with the version in it. Raises as `encode` does.
    """
    attributes: dict[str, Any] = {
        "id": event.id,
        "source": f"/{event.source}",
        "type": f"linli.{event.name}.v{event.schema_version}",
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": event.subject,
        "time": event.time,
        "mode": event.mode,
    }
    optional = {"estate": event.estate, "causationid": event.causation_id, "traceparent": event.traceparent}
    attributes.update({key: value for key, value in optional.items() if value})
    attributes["data"] = catalogue.dump(event.name, event.data)
    _check_estate(event.estate, event.data, needed=event.name in catalogue.of_estate())
    body = orjson.dumps(attributes, option=orjson.OPT_UTC_Z)
    if len(body) + _LONGEST_VERSION > MAX_BODY:
        raise ValueError(f"{event.name} of {len(body)} bytes is too large to be sent")
    return body


def decode(body: bytes, catalogue: Catalogue) -> Event:
    """The event in a message body. Raises `BadMessage` with the reason."""
    if len(body) > MAX_BODY:
        raise BadMessage("too_large", f"{len(body)} bytes")
    ours = _read_ours(body)
    if ours is None:
        return _decode_any(_read(body), catalogue)
    name, _, schema_version = ours.type.removeprefix("linli.").rpartition(".v")
    data = _load(catalogue, ours.id, name, int(schema_version), ours.subject, ours.estate, ours.data)
    return Event(
        id=ours.id,
        name=name,
        source=ours.source.removeprefix("/"),
        subject=ours.subject,
        version=int(ours.version),
        time=ours.time,
        data=data,
        estate=ours.estate,
        mode=ours.mode,
        causation_id=ours.causationid,
        traceparent=ours.traceparent,
        schema_version=int(schema_version),
    )


def _read_ours(body: bytes) -> _Ours | None:
    """The message if it is spelled as `encode` does it: that excludes a key that is there twice."""
    try:
        members = orjson.loads(body)
        return msgspec.convert(members, _Ours) if orjson.dumps(members) == body else None
    except (ValueError, msgspec.ValidationError):
        return None


def _load(
    catalogue: Catalogue,
    event_id: str,
    name: str,
    version: int,
    subject: str,
    estate: str | None,
    data: Any,
) -> dict[str, Any]:
    try:
        loaded = catalogue.load(name, version, _object(data))
        _check_estate(estate, loaded, needed=name in catalogue.of_estate())
    except LookupError as error:
        raise BadMessage("unknown_type", str(error), event_id=event_id, name=name, subject=subject) from error
    except ValidationError as error:
        cause = str(error.messages)
        raise BadMessage("schema", cause, event_id=event_id, name=name, subject=subject) from error
    return loaded


def _check_estate(estate: str | None, data: Mapping[str, Any], *, needed: bool) -> None:
    """An event is of one estate, and says so with one voice."""
    if needed and not estate:
        raise ValidationError({"estate": ["is missing"]})
    if needed and data.get("estate", estate) != estate:
        raise ValidationError({"estate": ["is another in the data"]})


def _decode_any(cloud_event: BaseCloudEvent, catalogue: Catalogue) -> Event:
    attributes = cloud_event.get_attributes()
    event_id, cloud_type = str(attributes["id"]), str(attributes["type"])
    match = _TYPE.fullmatch(cloud_type)
    if match is None:
        raise BadMessage("unknown_type", f"type {cloud_type!r} is not one of ours", event_id=event_id)
    name, schema_version = match["name"], int(match["version"])
    try:
        known = _extensions(attributes)
    except ValidationError as error:
        raise BadMessage("schema", str(error.messages), event_id=event_id, name=name) from error
    data = _load(
        catalogue,
        event_id,
        name,
        schema_version,
        known["subject"],
        known["estate"],
        cloud_event.get_data(),
    )
    return Event(id=event_id, name=name, data=data, schema_version=schema_version, **known)


def _read(body: bytes) -> BaseCloudEvent:
    try:
        return from_structured(
            RabbitMQMessage(headers={}, content_type=CONTENT_TYPE, body=body), _FORMAT, CloudEvent
        )
    except CloudEventValidationError as error:
        raise BadMessage("no_envelope", str(error)) from error
    except (BaseCloudEventException, TypeError, AttributeError) as error:
        raise BadMessage("no_envelope", str(error)) from error
    except ValueError as error:
        raise BadMessage("not_json", str(error)) from error


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValidationError({"data": ["must be an object"]})
    return data


def _extensions(attributes: dict[str, Any]) -> dict[str, Any]:
    problems: dict[str, list[str]] = {}
    source, subject = str(attributes["source"]).removeprefix("/"), attributes.get("subject")
    version, mode, time = (
        str(attributes.get("version", "")),
        attributes.get("mode", LIVE),
        attributes.get("time"),
    )
    for name in ("estate", "causationid", "traceparent"):
        if not isinstance(attributes.get(name), str | None):
            problems[name] = ["must be text"]
    if not source or "\x00" in source:
        problems["source"] = ["must name a service"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or "\x00" in subject:
        problems["subject"] = ["is missing or too long"]
    if not re.fullmatch(_VERSION, version):
        problems["version"] = ["must be a whole number from 1"]
    if mode not in (LIVE, HISTORICAL):
        problems["mode"] = ["must be live or historical"]
    if not isinstance(time, datetime) or time.tzinfo is None:
        problems["time"] = ["must be an RFC 3339 time with an offset"]
    if not _is_uuid(str(attributes["id"])):
        problems["id"] = ["must be a UUID"]
    if problems:
        raise ValidationError(problems)
    return {
        "source": source,
        "subject": subject,
        "version": int(version),
        "time": time,
        "estate": attributes.get("estate"),
        "mode": mode,
        "causation_id": attributes.get("causationid"),
        "traceparent": attributes.get("traceparent"),
    }


def _is_uuid(text: str) -> bool:
    return re.fullmatch(_UUID, text) is not None
