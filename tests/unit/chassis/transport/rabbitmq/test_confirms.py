"""Confirms of a channel in whatever order the broker sends them (RELIABILITY P3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.transport.rabbitmq.confirms import Confirms

#: How many messages, and what the broker answers: tag, whether all up to it are meant, whether it took them.
ANSWERS = st.integers(min_value=1, max_value=40).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(min_value=1, max_value=count), st.booleans(), st.booleans()), max_size=60
        ),
    )
)


def answer(confirms: Confirms, tag: int, multiple: bool, taken: bool) -> None:
    if taken:
        confirms.answered(tag, multiple)
    else:
        confirms.nacked(tag, multiple)


@given(ANSWERS)
def test_what_is_complete_and_refused_is_what_a_plain_count_says(
    case: tuple[int, list[tuple[int, bool, bool]]],
) -> None:
    # Given
    count, answers = case
    confirms = Confirms()
    tags = [confirms.sent() for _ in range(count)]

    # When
    verdicts: dict[int, bool] = {}
    for tag, multiple, taken in answers:
        answer(confirms, tag, multiple, taken)
        for each in range(1 if multiple else tag, tag + 1):
            verdicts.setdefault(each, taken)

    # Then the first answer to a message is the one that counts
    assert tags == list(range(1, count + 1))
    assert confirms.complete == (len(verdicts) == count)
    assert confirms.refused == {tag for tag, taken in verdicts.items() if not taken}


@given(st.permutations(range(1, 21)))
def test_single_answers_complete_in_any_order_and_not_before_the_last(order: list[int]) -> None:
    # Given
    confirms = Confirms()
    for _ in order:
        confirms.sent()

    # When / Then
    for tag in order:
        assert not confirms.complete
        confirms.answered(tag, multiple=False)
    assert confirms.complete


def test_a_later_batch_waits_for_its_own_answers() -> None:
    # Given
    confirms = Confirms()
    confirms.sent()
    confirms.answered(1, multiple=True)

    # When
    confirms.sent()
    confirms.answered(1, multiple=True)

    # Then
    assert not confirms.complete
