"""Questions about figures, and their answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from services.analytics.domain import TRENDS, By, Level, Who, Window
from services.analytics.messages import (
    DEFINED,
    DEFINED_OF_RANKING,
    DEFINED_OF_REPEATS,
    DEFINED_OF_UNSOLVED,
    MESSAGES,
)
from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import Cause, Kind, values

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


class WindowQuerySchema(Schema):
    """Which complaints."""

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
    kinds = KindsField(load_default=(Kind.COMPLAINT.value,))

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Make one `Window` of the two bounds."""
        window = Window(data.pop("start"), data.pop("end"))
        return {**data, "window": window}


class KpiQuerySchema(WindowQuerySchema):
    """Which complaints, and what the rows stand for."""

    by = fields.String(load_default=By.ESTATE.value, validate=validate.OneOf([by.value for by in By]))
    level = fields.Integer(
        load_default=Level.WHOLE.value,
        validate=validate.OneOf([level.value for level in Level]),
        metadata={
            "description": "With `by=category`: 1 for the part before the first `/` or else `.`, 2 for the whole."
        },
    )

    @post_load
    def name(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Make a `By` of its name and a `Level` of its number."""
        return {**data, "by": By(data["by"]), "level": Level(data["level"])}


class TrendQuerySchema(KpiQuerySchema):
    """Which complaints, and what there is a line of months for."""

    by = fields.String(load_default=By.CATEGORY.value, validate=validate.OneOf([by.value for by in TRENDS]))


class RankingQuerySchema(WindowQuerySchema):
    """Which complaints, whom they are counted for, and how many are named."""

    by = fields.String(load_default=Who.PERSON.value, validate=validate.OneOf([who.value for who in Who]))
    at_least = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "Resolved complaints without which nobody has a place."},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))

    @post_load
    def name(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Make a `Who` of its name."""
        return {**data, "who": Who(data.pop("by"))}


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


def answer(name: str, defined: Sequence[str], **others: fields.Field[Any]) -> type[Schema]:
    """An answer with the definitions of what it tells."""
    texts: dict[str, fields.Field[Any]] = {each: fields.String(required=True) for each in defined}
    definitions = fields.Nested(
        Schema.from_dict(texts, name=f"{name}Definitions"),
        required=True,
        metadata={"description": "What each figure means, in the language of the answer."},
    )
    return Schema.from_dict({**others, "definitions": definitions}, name=f"{name}Answer")


def rows(schema: type[Schema]) -> fields.List[Any]:
    """A list of these."""
    return fields.List(fields.Nested(schema), required=True)


def exact() -> fields.Boolean:
    """Whether quantiles are exact."""
    return fields.Boolean(
        required=True,
        metadata={
            "description": "Whether quantiles are exact; if not they are within 2 %. All else is exact."
        },
    )


class TrendRowSchema(KpiRowSchema):
    """The figures of one group in one month of the estates' zones."""

    month = fields.String(required=True, metadata={"pattern": "^[0-9]{4}-[0-9]{2}$"})


class TallySchema(Schema):
    """How many complaints there are of a key; null is for those that have none."""

    key = fields.String(required=True, allow_none=True)
    name = fields.String(metadata={"description": "What the key means, in the language of the answer."})
    complaints = fields.Integer(required=True, validate=validate.Range(0))


class RepeatRowSchema(Schema):
    """How many complaints of a category repeat an earlier one for the same cause."""

    category = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True, allow_none=True, validate=validate.OneOf([*values(Cause), None]))
    complaints = fields.Integer(required=True, validate=validate.Range(0))


class PlaceSchema(Schema):
    """One person, by staff id, or one department, by code."""

    place = fields.Integer(required=True, validate=validate.Range(1), metadata=_described("place"))
    key = fields.String(required=True)
    resolved = _count("resolved")
    on_time = _count("on_time")
    on_time_ratio = fields.Float(required=True, validate=validate.Range(0, 1))
    mean_resolution_seconds = fields.Float(required=True)


KpiAnswerSchema = answer("Kpi", DEFINED, exact=exact(), rows=rows(KpiRowSchema))
TrendAnswerSchema = answer("Trend", DEFINED, exact=exact(), rows=rows(TrendRowSchema))
UnsolvedAnswerSchema = answer(
    "Unsolved",
    DEFINED_OF_UNSOLVED,
    unsolved=_count("unsolved"),
    by_status=rows(TallySchema),
    by_clock=rows(TallySchema),
    by_category=rows(TallySchema),
    by_cause=rows(TallySchema),
)
RepeatsAnswerSchema = answer(
    "Repeats",
    DEFINED_OF_REPEATS,
    repeats=_count("repeats"),
    by_category=rows(TallySchema),
    by_cause=rows(TallySchema),
    rows=rows(RepeatRowSchema),
)
RankingAnswerSchema = answer("Ranking", DEFINED_OF_RANKING, rows=rows(PlaceSchema))
