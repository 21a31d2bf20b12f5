"""The hash chain of a case: whatever is done to its entries is found, and a text may be erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.routing.domain.chain import (
    START,
    Entry,
    Fault,
    Found,
    content_digest,
    faults,
    linked,
    sealed,
    text_digest,
)

NUMBER = "TS-20261122-AAAAAA"
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
SALT = b"0123456789abcdef"

words = st.one_of(st.none(), st.text(max_size=20))
contents = st.fixed_dictionaries(
    {
        "at": st.integers(0, 3).map(lambda minutes: AT + timedelta(minutes=minutes)),
        "name": st.sampled_from(["classified", "assigned", "answered"]),
        "by": words,
        "work_order_id": words,
        "details": st.binary(max_size=20),
        "text": words,
    }
)
#: A chain with a place in it.
chains = st.lists(contents, min_size=1, max_size=6).map(lambda rows: chain(*rows))


def chain(*contents: dict[str, Any]) -> list[Entry]:
    """The entries as they are written."""
    entries, before = [], START
    for position, row in enumerate(contents, 1):
        salt = None if row["text"] is None else SALT
        digest = None if row["text"] is None else text_digest(row["text"], SALT)
        said = (row["at"], row["name"], row["by"], row["work_order_id"], row["details"])
        before = linked(before, content_digest(NUMBER, *said, digest))
        entries.append(Entry(position, before, NUMBER, *said, row["text"], salt, digest))
    return entries


def found(entries: list[Entry], written: list[Entry]) -> list[Found]:
    """What is found in `entries` where the case names the newest of those that were `written`."""
    return list(faults(entries, len(written), written[-1].digest if written else START))


@given(chains)
def test_what_was_written_is_whole(written: list[Entry]) -> None:
    assert found(written, written) == []


@given(chains, st.data())
def test_any_change_of_an_entry_is_found_where_it_is(written: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(contents)
    changed = replace(written[place], **other)
    assume(changed != written[place])

    faulty = found([*written[:place], changed, *written[place + 1 :]], written)

    assert {each.position for each in faulty} == {place + 1}


@given(chains, st.data())
def test_a_changed_digest_is_found(written: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written) - 1))
    changed = replace(written[place], digest=bytes(32))

    faulty = found([*written[:place], changed, *written[place + 1 :]], written)

    assert faulty[0].position == place + 1
    assert faulty[0].fault is Fault.CHANGED


@given(chains, st.data(), st.booleans())
def test_any_deletion_is_found_also_when_the_rest_moves_up(
    written: list[Entry], data: st.DataObject, moved: bool
) -> None:
    place = data.draw(st.integers(0, len(written) - 1))
    rest = [replace(each, position=each.position - moved) for each in written[place + 1 :]]

    faulty = found([*written[:place], *rest], written)

    assert faulty[0].position == place + 1


@given(chains, st.data())
def test_any_two_that_change_places_are_found(written: list[Entry], data: st.DataObject) -> None:
    assume(len(written) > 1)
    first, second = sorted(data.draw(st.permutations(range(len(written))))[:2])
    one, other = written[first], written[second]
    swapped = list(written)
    swapped[first] = replace(other, position=one.position)
    swapped[second] = replace(one, position=other.position)

    assert found(swapped, written)[0].position == first + 1


@given(chains, st.data())
def test_an_entry_put_in_is_found(written: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written)))
    (put_in,) = chain(data.draw(contents))
    rest = [replace(each, position=each.position + 1) for each in written[place:]]

    assert found([*written[:place], replace(put_in, position=place + 1), *rest], written)


@given(chains)
def test_a_chain_of_another_case_is_found(written: list[Entry]) -> None:
    faulty = found([replace(each, number="TS-20261122-BBBBBB") for each in written], written)

    assert [each.fault for each in faulty] == [Fault.CHANGED] * len(written)


@given(chains)
def test_a_text_may_be_erased_and_nothing_else_of_it(written: list[Entry]) -> None:
    erased = [replace(each, text=None, text_salt=None) for each in written]

    assert found(erased, written) == []
    assert [each.erased for each in erased] == [each.text is not None for each in written]


@pytest.mark.parametrize("text", ["别的话", ""])
def test_another_text_is_told_as_such(text: str) -> None:
    row = {
        "at": AT,
        "name": "answered",
        "by": "zhang",
        "work_order_id": None,
        "details": b"null",
        "text": "今天修好",
    }
    written = chain(row)

    (fault,) = found([replace(written[0], text=text)], written)

    assert fault.fault is Fault.TEXT
    assert fault.expected == written[0].text_digest.hex()  # type: ignore[union-attr]


def test_words_that_are_cut_elsewhere_are_other_words() -> None:
    assert content_digest("A", AT, "b", "c", None, b"", None) != content_digest(
        "A", AT, "bc", "", None, b"", None
    )
    assert content_digest("A", AT, "b", None, None, b"", None) != content_digest(
        "A", AT, "b", "", None, b"", None
    )


def test_a_seal_depends_on_every_entry_and_its_place() -> None:
    one, two = bytes([1]) * 32, bytes([2]) * 32

    right = sealed(sealed(START, 1, one), 2, two)

    assert right != sealed(sealed(START, 1, two), 2, one)
    assert right != sealed(sealed(START, 1, one), 3, two)
    assert right != sealed(START, 2, two)
