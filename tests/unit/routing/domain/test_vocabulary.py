"""Finding words: the longest wins, borders of Latin words hold, forms of characters do not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.vocabulary import Vocabulary

WORDS = ["停车", "停车费", "停电", "停电梯", "lift", "leak*", "fire exit"]
VOCABULARY = Vocabulary.of(WORDS, {"電": "电", "車": "车", "費": "费"})


def found(text: str) -> dict[str, tuple[int, int]]:
    hits = VOCABULARY.hits(VOCABULARY.normalise(text))
    return {word: (hit.first, hit.count) for word, hit in hits.items()}


def test_the_longest_word_wins_and_hides_the_shorter_one() -> None:
    assert found("停车费") == {"停车费": (0, 1)}
    assert found("停电梯") == {"停电梯": (0, 1)}


def test_a_word_is_counted_and_its_first_position_kept() -> None:
    assert found("乱停车，又停车，收停车费") == {"停车": (1, 2), "停车费": (9, 1)}


@pytest.mark.parametrize("text", ["The LIFT is stuck", "lift", "电lift坏", "(lift)"])
def test_a_latin_word_is_found_in_any_case_and_between_other_letters(text: str) -> None:
    assert list(found(text)) == ["lift"]


@pytest.mark.parametrize("text", ["lifted", "shoplift", "lift2", "weightlifting"])
def test_a_latin_word_is_not_found_inside_another(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize("text", ["it leaks", "leaking", "a leak"])
def test_a_star_allows_any_ending(text: str) -> None:
    assert list(found(text)) == ["leak*"]


@pytest.mark.parametrize("text", ["ｌｉｆｔ", "ＬＩＦＴ 坏", "停車費", "fire\n  exit"])
def test_forms_of_writing_do_not_matter(text: str) -> None:
    assert len(found(text)) == 1


def test_a_word_of_one_character_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Vocabulary.of(["水"], {})


def test_an_empty_vocabulary_finds_nothing() -> None:
    empty = Vocabulary.of([], {})

    assert empty.hits(empty.normalise("停电了")) == {}


@given(st.text(), st.sampled_from(["停车费", "停电梯"]), st.text())
def test_a_word_is_found_wherever_it_stands(before: str, word: str, after: str) -> None:
    assert word in found(f"{before}。{word}。{after}")


@given(st.text(alphabet="停车费电梯 lifteaksrx。０", max_size=60))
def test_no_two_hits_overlap(text: str) -> None:
    plain = VOCABULARY.normalise(text)

    covered = sum(len(word.rstrip("*")) * hit.count for word, hit in VOCABULARY.hits(plain).items())

    assert covered <= len(plain)
