"""Groups end the same whatever the order of joins, and count households, not complaints (R60, R71)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.groups import Member, distinct_households, needs_investigation, plan

START = datetime(2026, 11, 2, 8, tzinfo=UTC)

complaints = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([None, "3-101", "3-102", "3-201", "4-101"])),
    min_size=2,
    max_size=8,
).map(
    lambda made: [
        Member(f"TS-{place}", START + timedelta(hours=hours), household)
        for place, (hours, household) in enumerate(made)
    ]
)


def join(masters: dict[str, str], members: dict[str, Member], first: str, second: str) -> None:
    """Apply the plan for one join to who is joined to whom."""
    roots = {masters.get(number, number) for number in (first, second)}
    around = [m for m in members.values() if m.number in roots or masters.get(m.number) in roots]
    planned = plan(around, {m.number: masters[m.number] for m in around if m.number in masters})
    if planned.freed is not None:
        assert masters.pop(planned.freed)
    assert all(masters[number] == before for number, before in planned.moved.items())
    assert not masters.keys() & set(planned.joined)
    masters.update(dict.fromkeys((*planned.joined, *planned.moved), planned.master))


@given(made=complaints, data=st.data())
def test_the_order_of_joins_does_not_matter(made: list[Member], data: st.DataObject) -> None:
    # Given joins that make some of the complaints one group, or several
    members = {member.number: member for member in made}
    pair = st.lists(st.sampled_from(sorted(members)), min_size=2, max_size=2, unique=True)
    joins = data.draw(st.lists(pair, min_size=1, max_size=12))
    ends = []
    for order in (joins, data.draw(st.permutations(joins)), [pair[::-1] for pair in joins]):
        # When they are made in some order, each from either end
        masters: dict[str, str] = {}
        for first, second in order:
            join(masters, members, first, second)
        ends.append(masters)

    # Then the end is the same: the oldest of each group is its master, and no master is a member
    assert ends[0] == ends[1] == ends[2]
    assert not set(ends[0]) & set(ends[0].values())
    for member, master in ends[0].items():
        oldest, other = members[master], members[member]
        assert (oldest.received_at, oldest.number) < (other.received_at, other.number)


@given(made=complaints, data=st.data())
def test_joining_what_is_joined_changes_nothing(made: list[Member], data: st.DataObject) -> None:
    members = {member.number: member for member in made}
    masters: dict[str, str] = {}
    numbers = sorted(members)
    for number in numbers[1:]:
        join(masters, members, numbers[0], number)

    again = plan(made, masters)

    assert (again.joined, again.moved, again.freed) == ((), {}, None)


def test_a_complaint_at_its_end_leads_no_group_that_goes_on() -> None:
    ended = Member("TS-1", START, "3-101", ended=True)
    first, second = (Member(f"TS-{n}", START + timedelta(hours=n), f"3-10{n}") for n in (2, 3))

    planned = plan([ended, first, second], {"TS-2": "TS-1"})

    assert planned.master == planned.freed == "TS-2"
    assert planned.joined == ("TS-1", "TS-3")


@given(made=complaints)
def test_a_household_counts_once_however_often_it_complains(made: list[Member]) -> None:
    counted = distinct_households(made)

    assert counted == len({member.household_id for member in made if member.household_id is not None})
    assert distinct_households([*made, *made]) == counted


def test_who_is_not_known_makes_no_group() -> None:
    nobody = [Member(f"TS-{n}", START, None) for n in range(5)]

    assert distinct_households(nobody) == 0


def test_r71_more_than_half_of_the_households_and_not_just_half() -> None:
    assert not needs_investigation(50, 100, 0.5)
    assert needs_investigation(51, 100, 0.5)
    assert needs_investigation(51, 101, 0.5)
    assert not needs_investigation(3, 0, 0.5), "of an estate nobody has counted, nothing is more than half"
