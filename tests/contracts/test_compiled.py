"""What a compiled schema accepts is what the schema makes of it; whatever else comes is left to the schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, INCLUDE, Schema, fields, validate

from services.contracts.compiled import Compiled
from services.contracts.fields import EventSchema, count, instant, string
from services.contracts.table import TABLE, EventType


class Inner(EventSchema):
    """An object within the object."""

    name = string(longest=5)
    until = instant(required=False)


class Everything(EventSchema):
    """Every kind of field that events have."""

    name = string(longest=5)
    note = string(longest=5, required=False)
    kind = fields.String(required=True, validate=validate.OneOf(("red", "blue")))
    number = count()
    yes = fields.Boolean(required=True)
    at = instant()
    until = instant(required=False)
    names = fields.List(string(longest=5), required=True)
    inner = fields.Nested(Inner, allow_none=True, load_default=None)


GOOD: dict[str, Any] = {
    "name": "a",
    "note": None,
    "kind": "red",
    "number": 0,
    "yes": False,
    "at": "2026-11-22T10:00:00+08:00",
    "until": None,
    "names": ["a"],
    "inner": {"name": "a", "until": None},
}
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat())
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.floats(),
    st.text(max_size=7),
    TIMES,
    st.sampled_from(["red", "blue", "true", "1", "2026-11-22", "2026-11-22T10:00:00"]),
    st.lists(st.none() | st.text(max_size=6) | st.integers(), max_size=2),
    st.just({}),
    st.fixed_dictionaries({}, optional={"name": st.text(max_size=6), "until": TIMES, "colour": st.none()}),
)
OWN: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(min_size=1, max_size=5),
    "note": st.none() | st.text(min_size=1, max_size=5),
    "kind": st.sampled_from(["red", "blue"]),
    "number": st.integers(0, 3),
    "yes": st.booleans(),
    "at": TIMES,
    "until": st.none() | TIMES,
    "names": st.lists(st.text(min_size=1, max_size=5), max_size=3),
    "inner": st.none()
    | st.fixed_dictionaries({"name": st.text(min_size=1, max_size=5), "until": st.none() | TIMES}),
}
ALMOST = st.fixed_dictionaries({}, optional={key: OWN[key] | VALUES for key in GOOD} | {"colour": VALUES})


@given(ALMOST)
def test_what_is_accepted_is_what_the_schema_makes_of_it(data: dict[str, Any]) -> None:
    accepted = Compiled(Everything()).accept(data)

    assert accepted is None or accepted == Everything().load(data)


@given(st.fixed_dictionaries(OWN))
def test_what_is_as_it_should_be_is_accepted(data: dict[str, Any]) -> None:
    assert Compiled(Everything()).accept(data) == Everything().load(data)


@pytest.mark.parametrize(
    "broken",
    [
        {"name": ""},
        {"name": "too long"},
        {"name": None},
        {"kind": "green"},
        {"number": -1},
        {"number": True},
        {"yes": 1},
        {"at": "2026-11-22T10:00:00"},
        {"at": datetime(2026, 11, 22)},  # noqa: DTZ001 - without a zone is the point
        {"until": "later"},
        {"names": ["a", None]},
        {"names": "a"},
        {"inner": {}},
        {"inner": {"name": "a", "until": "later"}},
        {"inner": "a"},
    ],
)
def test_what_the_schema_has_to_judge_is_left_to_it(broken: dict[str, Any]) -> None:
    assert Compiled(Everything()).accept({**GOOD, **broken}) is None


@pytest.mark.parametrize("event", TABLE, ids=lambda event: event.name)
def test_every_event_of_the_table_is_compiled(event: EventType) -> None:
    """A schema with a field of a kind that is not known here would be read thirty times slower."""
    assert Compiled(event.schema()).complete


@pytest.mark.parametrize(
    "field",
    [
        fields.UUID(required=True),
        fields.String(required=True, validate=validate.Regexp("a")),
        fields.String(required=True, data_key="b"),
        fields.String(load_default="b"),
        fields.String(),
        fields.Nested(Inner, many=True, required=True),
        fields.Nested(Everything, required=True),
    ],
)
def test_a_field_that_is_not_known_here_leaves_all_to_the_schema(field: fields.Field[Any]) -> None:
    schema = EventSchema.from_dict({"a": field})()

    assert not Compiled(schema).complete
    assert Compiled(schema).accept({"a": "a"}) is None


def test_a_schema_that_keeps_unknown_fields_is_not_compiled() -> None:
    assert Compiled(Schema.from_dict({"a": string()})(unknown=EXCLUDE)).complete
    assert not Compiled(Schema.from_dict({"a": string()})(unknown=INCLUDE)).complete
