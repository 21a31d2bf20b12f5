"""States merge by precedence, never by arrival (DESIGN §2.4)."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.states import PRECEDENCE, STATUS_AFTER, Status, merge
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
    assert STATUS_AFTER.keys() <= {event.name for event in TABLE}
