"""Quantiles that merge: their error is bounded, and no order or grouping of the merging changes them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.quantiles import (
    ERROR,
    SHORTEST,
    Entries,
    joined,
    of_sketches,
    of_values,
    quantiles,
    sketches_of,
)
from tests.integration.analytics.oracle import quantile

SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)

#: From a tick of the clock to a century.
durations = st.floats(SHORTEST, 3e9)
several = st.lists(durations, max_size=60)


def raw(values: Sequence[float]) -> bytes:
    """As PostgreSQL's `float8send` writes them."""
    return b"".join(struct.pack(">d", value) for value in values)


def sketch(values: Sequence[float]) -> bytes:
    return sketches_of(of_values([0], [raw(values)]), 1)[0]


def merge(*sketches: bytes) -> bytes:
    return sketches_of(of_sketches([0] * len(sketches), sketches), 1)[0]


def told(entries: Entries, groups: int = 1) -> list[list[float | None]]:
    return quantiles(entries, groups, SHARES)


def test_what_is_told_is_within_two_percent() -> None:
    assert ERROR < 0.005


@given(several)
def test_each_quantile_is_as_near_as_promised(values: list[float]) -> None:
    for share, [answer] in zip(SHARES, told(of_sketches([0], [sketch(values)])), strict=True):
        exact = quantile(values, share)
        assert answer == (exact if exact is None else pytest.approx(exact, rel=ERROR + 1e-9))


@given(several, several, several)
def test_merging_is_commutative_and_associative(a: list[float], b: list[float], c: list[float]) -> None:
    one, two, three = sketch(a), sketch(b), sketch(c)

    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three)) == sketch([*a, *b, *c])


@given(st.lists(several, min_size=1, max_size=5))
def test_groups_do_not_meet(groups: list[list[float]]) -> None:
    # Given every group twice: once as a sketch, once as its values
    entries = joined(
        [
            of_values(range(len(groups)), [raw(group) for group in groups]),
            of_sketches(range(len(groups)), [sketch(group) for group in groups]),
        ]
    )

    # Then each is told of alone
    alone = [told(of_values([0], [raw([*group, *group])])) for group in groups]
    assert told(entries, len(groups)) == [[one[share][0] for one in alone] for share in range(len(SHARES))]


def test_a_group_of_more_than_an_entry_holds_is_counted_whole() -> None:
    once = of_values([0], [raw([60.0])])

    [packed] = sketches_of(replace(once, count=once.count * 200_000), 1)

    assert of_sketches([0], [packed]).count.tolist() == [65_535, 65_535, 65_535, 3_395]


def test_nothing_and_no_time_at_all() -> None:
    assert told(of_values([], []), 2) == [[None, None]] * len(SHARES)
    assert told(of_values([0], [raw([0.0, -5.0])])) == [[pytest.approx(SHORTEST, rel=ERROR)]] * len(SHARES)
