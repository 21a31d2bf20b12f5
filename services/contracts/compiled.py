"""Schemas compiled once, for the many events that are as they should be.

A compiled schema accepts less than the schema it was made from, never more. What it turns away is put to the schema itself,
which either takes it or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
from marshmallow import EXCLUDE, Schema, fields, missing, validate


class Compiled:
    """One schema, compiled by msgspec as far as all its fields are of the kinds known here."""

    def __init__(self, schema: Schema) -> None:
        self._type = _struct(schema)
        self._nested = [name for name, field in schema.fields.items() if type(field) is fields.Nested]

    @property
    def complete(self) -> bool:
        """Whether every field is of a kind known here."""
        return self._type is not None

    def accept(self, data: Mapping[str, Any]) -> dict[str, Any] | None:
        """The data with real types, unknown fields dropped and defaults filled in; None if the schema has to decide."""
        if self._type is None:
            return None
        try:
            accepted = msgspec.structs.asdict(msgspec.convert(data, self._type))
        except msgspec.ValidationError:
            return None
        for name in self._nested:
            if accepted[name] is not None:
                accepted[name] = msgspec.structs.asdict(accepted[name])
        return accepted


def _struct(schema: Schema) -> type[msgspec.Struct] | None:
    if schema.unknown != EXCLUDE:
        return None
    members = []
    for name, field in schema.fields.items():
        kind = _kind(field)
        if kind is None or field.attribute or field.data_key or field.load_default not in (None, missing):
            return None
        if field.allow_none:
            kind = kind | None
        members.append((name, kind) if field.required else (name, kind, field.load_default))
    if any(member[2:] == (missing,) for member in members):
        return None
    return msgspec.defstruct(type(schema).__name__, members, kw_only=True)


def _kind(field: fields.Field[Any]) -> Any:
    """The type that stands for a field; None for one that is not known here."""
    for validator in field.validators:
        if not isinstance(validator, validate.Length | validate.OneOf | validate.Range):
            return None
    if type(field) is fields.String:
        return _text(field)
    if type(field) is fields.AwareDateTime and not field.validators:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if type(field) is fields.Boolean and not field.validators:
        return bool
    if type(field) is fields.Integer:
        return _number(field)
    if type(field) is fields.List and not field.validators:
        return _list(field.inner)
    if type(field) is fields.Nested and not field.many:
        return _nested(field.schema)
    return None


def _text(field: fields.String) -> Any:
    match field.validators:
        case []:
            return str
        case [validate.OneOf() as one]:
            return Literal[tuple(one.choices)]
        case [validate.Length(equal=None) as length]:
            return Annotated[str, msgspec.Meta(min_length=length.min, max_length=length.max)]
    return None


def _number(field: fields.Integer) -> Any:
    match field.validators:
        case []:
            return int
        case [validate.Range(max=None, min_inclusive=True) as least]:
            return Annotated[int, msgspec.Meta(ge=least.min)]
    return None


def _list(inner: fields.Field[Any]) -> Any:
    kind = _kind(inner)
    if kind is None or inner.allow_none:
        return None
    return GenericAlias(list, (kind,))


def _nested(schema: Schema) -> Any:
    """The type of an object within the object; one level, as deep as events go."""
    if any(type(field) is fields.Nested for field in schema.fields.values()):
        return None
    return _struct(schema)
