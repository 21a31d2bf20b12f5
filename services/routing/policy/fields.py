"""What the schemas of all sections are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, post_load, validate

from services.chassis.i18n import Message
from services.routing.domain.rules import Label, Pack

#: Names of the operator's choice.
CODE: Final = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$", error="policy_code")


class PolicySchema(Schema):
    """A mapping of a whole policy; loaded, it becomes what `makes` says."""

    makes: ClassVar[Callable[..., Any]]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        possible = {"possible": ", ".join(self.load_fields)}
        said: dict[str, Any] = {
            "unknown": Message("policy_key_unknown", possible),
            "type": Message("policy_not_a_mapping", possible),
        }
        self.error_messages = {**self.error_messages, **said}

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Any:
        return type(self).makes(**data)


class SectionSchema(PolicySchema):
    """A section of its own; `pack` is the rule pack its codes are checked against, None where they are taken as they are."""

    def __init__(self, pack: Pack | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.pack = pack


class Mapped(fields.Dict):
    """A mapping with keys of the operator's choice; what is wrong with an entry is said under its key alone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[Any, Any]:
        try:
            loaded: dict[Any, Any] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, Mapping):
                raise
            # marshmallow tells what is wrong with a key from what is wrong with its value.
            plain = {key: found.get("key", found.get("value")) for key, found in error.messages.items()}
            raise ValidationError(plain) from error
        return loaded


class Several(fields.List[Any]):
    """A list, kept as a tuple; it replaces the one above as a whole."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class LabelSchema(PolicySchema):
    """A word for people in both languages."""

    makes = Label

    zh = fields.String(required=True, validate=validate.Length(min=1, max=40))
    en = fields.String(required=True, validate=validate.Length(min=1, max=40))


def nested(schema: type[PolicySchema]) -> fields.Nested:
    """A mapping with keys of its own, which a whole policy must have."""
    return fields.Nested(schema, required=True)


def one_of(codes: type[StrEnum]) -> fields.String:
    """One of the codes of a list."""
    return fields.String(required=True, validate=validate.OneOf([code.value for code in codes]))


def several_of(codes: type[StrEnum]) -> Several:
    """Any of the codes of a list."""
    one = fields.String(validate=validate.OneOf([code.value for code in codes]))
    return Several(one, required=True)


def whole(least: int, most: int) -> fields.Integer:
    """A whole number within bounds."""
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=least, max=most))
