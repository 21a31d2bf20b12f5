"""States merge by precedence, never by arrival (DESIGN §2.4)."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.states import PRECEDENCE, SAY_STATUS, Status, merge, status_after
from services.contracts.table import TABLE


def test_with_nothing_said_a_complaint_is_received() -> None:
    assert merge([]) is Status.RECEIVED


@given(st.lists(st.sampled_from(list(Status)), max_size=4))
def test_the_merged_state_does_not_depend_on_the_order(said: list[Status]) -> None:
    assert len({merge(order) for order in permutations(said)}) == 1


@given(st.lists(st.sampled_from(list(Status))))
def test_a_withdrawn_complaint_stays_withdrawn(said: list[Status]) -> None:
    assert merge([*said, Status.WITHDRAWN]) is Status.WITHDRAWN


def test_every_state_has_its_place_and_every_event_named_exists() -> None:
    assert set(PRECEDENCE) == set(Status)
    assert {event.name for event in TABLE} >= SAY_STATUS


def test_a_verification_says_where_the_case_stands_and_an_invalid_case_ends_as_invalid() -> None:
    """R48: what was verified goes on where it was; only `invalid` is a state of its own."""
    assert (
        status_after("complaint.verified", {"verdict": "valid", "status": "in_progress"})
        is Status.IN_PROGRESS
    )
    assert status_after("complaint.closed", {"closed_as": "invalid"}) is Status.INVALID
    assert status_after("complaint.closed", {"closed_as": "satisfied"}) is Status.CLOSED


@given(st.lists(st.sampled_from(list(Status))))
def test_what_routing_found_invalid_was_nothing_better_meanwhile(said: list[Status]) -> None:
    expected = Status.WITHDRAWN if Status.WITHDRAWN in said else Status.INVALID
    assert merge([*said, Status.INVALID]) is expected
