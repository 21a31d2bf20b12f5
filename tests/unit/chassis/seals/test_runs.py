"""What is said of a run of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.seals.runs import RUN, cut, digest

IDS = st.sets(st.uuids().map(str), min_size=1, max_size=20)


@given(IDS, st.randoms())
def test_the_digest_does_not_depend_on_the_order(ids: set[str], random: st.random.Random) -> None:
    shuffled = list(ids)
    random.shuffle(shuffled)

    assert digest(shuffled) == digest(sorted(ids))


@given(IDS, st.data())
def test_the_digest_tells_that_one_lacks_or_is_another(ids: set[str], data: st.DataObject) -> None:
    lost = data.draw(st.sampled_from(sorted(ids)))
    other = data.draw(st.uuids().map(str).filter(lambda id_: id_ not in ids))

    assert digest(ids - {lost}) != digest(ids)
    assert digest(ids - {lost} | {other}) != digest(ids)


def test_runs_hold_everything_once_and_in_order() -> None:
    ids = [f"{n:04}" for n in range(2 * RUN + 1)]

    runs = list(cut(ids))

    assert [len(run) for run in runs] == [RUN, RUN, 1]
    assert [id_ for run in runs for id_ in run] == ids
