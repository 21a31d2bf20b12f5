"""The shape of a mapping's YAML file; `HistoryMapping` of the domain says what the fields mean."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.contracts.vocabulary import Channel, Kind, values
from services.intake.domain.history import ISO
from services.intake.domain.tree import CODE_PATTERN, KINDS

_NOT_EMPTY: Final = validate.Length(min=1, error="Must not be empty.")
_CODE: Final = validate.Regexp(
    f"^{CODE_PATTERN}$", error="Write letters, digits, dots, hyphens and underscores, at most 40."
)
_CHANNEL: Final = validate.OneOf(values(Channel), error="No channel of ours: one of {choices}.")
_LONGEST_OWN: Final = 60


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ValidationError(f"There is no time zone {name!r}: write one like Asia/Shanghai.") from None


def _encoding(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValidationError(f"There is no encoding {name!r}: write one like utf-8 or gb18030.") from None


def _format(text: str) -> None:
    if text == ISO:
        return
    sample = datetime(2011, 12, 31, 23, 59, 58, tzinfo=UTC)
    try:
        read = datetime.strptime(sample.strftime(text), text)  # noqa: DTZ007 - only the day is looked at
    except ValueError:
        raise ValidationError(f"{text!r} reads no time: write {ISO} or one like %Y-%m-%d %H:%M:%S.") from None
    if read.date() != sample.date():
        raise ValidationError(f"{text!r} does not say which day: write one like %Y-%m-%d %H:%M:%S.")


def _names(**keywords: Any) -> fields.List[str]:
    return fields.List(fields.String(validate=_NOT_EMPTY), **keywords)


class LabelSchema(Schema):
    """A name in both languages."""

    zh = fields.String(required=True, validate=_NOT_EMPTY)
    en = fields.String(required=True, validate=_NOT_EMPTY)


class FileSchema(Schema):
    """How a file looks."""

    encoding = fields.String(load_default="utf-8", validate=_encoding)
    delimiter = fields.String(
        load_default=",", validate=validate.Length(equal=1, error="Must be one character.")
    )


class TimesSchema(Schema):
    """How times are written."""

    zone = fields.String(required=True, validate=_zone)
    format = fields.String(required=True, validate=_format)


class ColumnsSchema(Schema):
    """Which columns hold what."""

    id = _names(required=True, validate=_NOT_EMPTY)
    received_at = fields.String(required=True)
    recorded_at = fields.String()
    answered_at = fields.String()
    resolved_at = fields.String()
    closed_at = fields.String()
    text = _names(required=True, validate=_NOT_EMPTY)
    category = _names(required=True, validate=_NOT_EMPTY)
    place = _names()
    result = _names()


class ChoiceSchema(Schema):
    """Which of a list of codes a row has."""

    column = fields.String()
    codes = fields.Dict(fields.String(), fields.String())
    otherwise = fields.String()

    @validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        if "column" not in data and "otherwise" not in data:
            raise ValidationError("Name a column, or what holds for every row as 'otherwise'.")
        if "codes" in data and "column" not in data:
            raise ValidationError("Name the column in which the words of 'codes' stand.")


class ChannelSchema(ChoiceSchema):
    """The channel of a row, by our codes or by words of its own."""

    own = fields.Dict(
        fields.String(validate=validate.Length(min=1, max=_LONGEST_OWN)),
        fields.String(validate=_CHANNEL),
        load_default=dict,
    )

    @validates_schema
    def _exists(self, data: dict[str, Any], **_: Any) -> None:
        _known(data, {*values(Channel), *data["own"]}, "Declare it below 'own'.")


class KindSchema(ChoiceSchema):
    """The kind of a row."""

    @validates_schema
    def _exists(self, data: dict[str, Any], **_: Any) -> None:
        _known(data, set(values(Kind)), f"One of {', '.join(values(Kind))}.")


class NodeSchema(Schema):
    """A node of the tenant tree, made where it is missing."""

    code = fields.String(required=True, validate=_CODE)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    parent = fields.String(load_default=None, validate=_CODE)
    zone = fields.String(load_default=None, validate=_zone)


class MappingSchema(Schema):
    """A mapping."""

    title = fields.Nested(LabelSchema, required=True)
    file = fields.Nested(FileSchema, load_default=lambda: FileSchema().load({}))
    times = fields.Nested(TimesSchema, required=True)
    columns = fields.Nested(ColumnsSchema, required=True)
    kind = fields.Nested(KindSchema, load_default=lambda: {"otherwise": Kind.COMPLAINT.value})
    channel = fields.Nested(ChannelSchema, required=True)
    estate = fields.Nested(ChoiceSchema, required=True)
    tree = fields.List(fields.Nested(NodeSchema), load_default=list)


def _known(data: dict[str, Any], codes: set[str], advice: str) -> None:
    said = {*data.get("codes", {}).values(), *([data["otherwise"]] if "otherwise" in data else [])}
    if unknown := sorted(said - codes):
        raise ValidationError(f"Not known: {', '.join(unknown)}. {advice}")
