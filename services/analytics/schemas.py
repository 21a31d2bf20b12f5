"""What the interface of analytics takes and gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from services.analytics.domain import By, Level, Window
from services.analytics.messages import DEFINED, MESSAGES
from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import Kind, values

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class BoundField(fields.String):
    """A date (`2026-11-01`, midnight in the estate's zone) or an RFC 3339 instant."""

    default_error_messages = {"invalid_bound": "bound_malformed"}  # noqa: RUF012

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **others: Any
    ) -> Any:
        text: str = super()._deserialize(value, attr, data, **others)
        try:
            return date.fromisoformat(text) if _DAY.fullmatch(text) else Instant().deserialize(text)
        except (ValueError, ValidationError) as error:
            raise self.make_error("invalid_bound") from error


class KindsField(fields.String):
    """Kinds joined by commas."""

    default_error_messages = {"unknown_kind": "kinds_malformed"}  # noqa: RUF012

    def __init__(self, **keywords: Any) -> None:
        kind = "|".join(values(Kind))
        super().__init__(metadata={"pattern": f"^({kind})(,({kind}))*$"}, **keywords)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **others: Any
    ) -> Any:
        text: str = super()._deserialize(value, attr, data, **others)
        kinds = tuple(text.split(","))
        if not set(kinds) <= set(values(Kind)):
            raise self.make_error("unknown_kind")
        return kinds

    def _serialize(self, value: Any, attr: str | None, obj: Any, **others: Any) -> str:
        return ",".join(value)


def _described(name: str) -> dict[str, Any]:
    return {"description": MESSAGES[f"kpi_{name}"]["en"]}


_BOUND = {"anyOf": [{"format": "date"}, {"format": "date-time"}]}


class KpiQuerySchema(Schema):
    """Which complaints, and what the rows stand for."""

    scope = Text(
        min=1,
        max=1000,
        load_default=None,
        metadata={
            "description": "Path of a node of the tenant tree within the caller's subtree, which is the default."
        },
    )
    start = BoundField(data_key="from", load_default=None, metadata=_BOUND)
    end = BoundField(data_key="to", load_default=None, metadata=_BOUND)
    by = fields.String(load_default=By.ESTATE.value, validate=validate.OneOf([by.value for by in By]))
    level = fields.Integer(
        load_default=Level.WHOLE.value,
        validate=validate.OneOf([level.value for level in Level]),
        metadata={
            "description": "With `by=category`: 1 for the part before the first `/` or else `.`, 2 for the whole."
        },
    )
    kinds = KindsField(load_default=(Kind.COMPLAINT.value,))

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Make one `Window` of the two bounds, a `By` of its name and a `Level` of its number."""
        window = Window(data.pop("start"), data.pop("end"))
        return {**data, "window": window, "by": By(data["by"]), "level": Level(data["level"])}


class ResponseSecondsSchema(Schema):
    """Quantiles of the response time."""

    median = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)


class ResolutionSecondsSchema(ResponseSecondsSchema):
    """Mean, quantiles and longest of the resolution time."""

    mean = fields.Float(required=True, allow_none=True)
    max = fields.Float(required=True, allow_none=True)


def _ratio(name: str) -> fields.Float:
    return fields.Float(
        required=True, allow_none=True, validate=validate.Range(0, 1), metadata=_described(name)
    )


def _count(name: str) -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(0), metadata=_described(name))


class KpiRowSchema(Schema):
    """The figures of one group. A figure is null where there is nothing to make it of."""

    key = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Code of estate, region, category, channel, severity or the department that handles it, or YYYY-MM; "
            "null collects what has none."
        },
    )
    name = fields.String(metadata={"description": "Name of the estate or region."})
    received = _count("received")
    valid = _count("valid")
    resolved = _count("resolved")
    resolution_ratio = _ratio("resolution_ratio")
    repeat_eligible = _count("repeat_eligible")
    repeats = _count("repeats")
    repeat_ratio = _ratio("repeat_ratio")
    response_seconds = fields.Nested(
        ResponseSecondsSchema, required=True, metadata=_described("response_seconds")
    )
    resolution_seconds = fields.Nested(
        ResolutionSecondsSchema, required=True, metadata=_described("resolution_seconds")
    )
    satisfaction_ratio = _ratio("satisfaction_ratio")
    overdue = _count("overdue")


class KpiAnswerSchema(Schema):
    """Rows in the order of their keys. Quantiles are exact, or within 2 % if `exact` is false; all else is exact."""

    exact = fields.Boolean(required=True)
    rows = fields.List(fields.Nested(KpiRowSchema), required=True)
    definitions = fields.Nested(
        Schema.from_dict({name: fields.String(required=True) for name in DEFINED}, name="KpiDefinitions"),
        required=True,
        metadata={"description": "What each figure means, in the language of the answer."},
    )
