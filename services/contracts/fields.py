"""Fields that several schemas share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from services.contracts.vocabulary import values


class EventSchema(Schema):
    """Data of an event. Unknown fields are ignored, so that a publisher may add some (DESIGN §5)."""

    class Meta:
        unknown = EXCLUDE


def string(*, longest: int = 200, required: bool = True) -> fields.String:
    """A text that is not empty; None is allowed where it is not required."""
    length = validate.Length(min=1, max=longest)
    if required:
        return fields.String(required=True, validate=length)
    return fields.String(allow_none=True, load_default=None, validate=length)


def code(codes: type[StrEnum], *, required: bool = True) -> fields.String:
    """One of the codes of a list; None is allowed where it is not required."""
    one_of = validate.OneOf(values(codes))
    if required:
        return fields.String(required=True, validate=one_of)
    return fields.String(allow_none=True, load_default=None, validate=one_of)


def instant(*, required: bool = True) -> fields.AwareDateTime:
    """An RFC 3339 time with its offset."""
    if required:
        return fields.AwareDateTime(required=True)
    return fields.AwareDateTime(allow_none=True, load_default=None)


def count(*, required: bool = True, **keywords: Any) -> fields.Integer:
    """A whole number from 0; None is allowed where it is not required."""
    if not required:
        keywords |= {"allow_none": True, "load_default": None}
    return fields.Integer(required=required, strict=True, validate=validate.Range(min=0), **keywords)


def event_id() -> fields.String:
    """The id of an event."""
    return fields.String(required=True, validate=validate.Length(min=36, max=36))
