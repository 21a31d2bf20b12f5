"""A trace goes on where its context is well formed, and starts anew where not."""

from __future__ import annotations

import pytest

from services.chassis.tracing import child_of, current_traceparent, trace, trace_id

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_child_has_the_trace_of_its_parent_and_a_span_of_its_own() -> None:
    child = child_of(PARENT)

    assert trace_id(child) == trace_id(PARENT)
    assert child != PARENT


@pytest.mark.parametrize(
    "malformed", [None, "", "x", PARENT.upper(), "ff" + PARENT[2:], PARENT.replace("4", "g")]
)
def test_a_malformed_parent_starts_a_new_trace(malformed: str | None) -> None:
    assert trace_id(child_of(malformed)) != trace_id(PARENT)


def test_the_span_is_current_only_inside() -> None:
    with trace(PARENT) as span:
        assert current_traceparent() == span

    assert current_traceparent() is None
