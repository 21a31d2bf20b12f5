"""Whatever the order of steps, a work order never ends before its parts (R100)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.work_orders import (
    FINAL,
    Position,
    Status,
    Step,
    after,
    allowed,
    may_be_shared,
)

_MOVES = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([*Step, "share"])), max_size=80)


@given(_MOVES)
def test_no_order_ends_before_its_parts(moves: list[tuple[int, Step | str]]) -> None:
    owner, parts = Position(Status.ASSIGNED), list[Position]()
    for at, move in moves:
        owner = replace(owner, waits=any(part.status not in FINAL for part in parts))
        if at == 0 or at > len(parts):
            if move == "share" and may_be_shared(owner):
                parts.append(Position(Status.ASSIGNED, part=True))
            elif isinstance(move, Step) and move in allowed(owner):
                owner = after(owner, move)
        elif isinstance(move, Step) and move in allowed(parts[at - 1]):
            parts[at - 1] = after(parts[at - 1], move)
        if owner.status in FINAL:
            assert all(part.status in FINAL for part in parts)


def test_a_part_is_signed_off_without_an_answer_and_never_shared() -> None:
    part = Position(Status.ACCEPTED, part=True)

    assert Step.ANSWER not in allowed(part)
    assert not may_be_shared(part)
    assert Step.SIGN_OFF in allowed(after(part, Step.RESOLVE))
