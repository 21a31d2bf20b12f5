"""Documents are read with the line of each key, and without the surprises of YAML."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.policy.files import read, shipped

TEXT = """\
grading:
  loss: 3000

  channels:
    written:
      - letter
      - email
"""


def test_each_key_knows_its_line() -> None:
    source = read(TEXT)

    assert source.content == {"grading": {"loss": 3000, "channels": {"written": ["letter", "email"]}}}
    assert source.line(("grading", "loss")) == 2
    assert source.line(("grading", "channels", "written", 1)) == 7
    assert source.line(("grading", "channels", "media")) == 4


@pytest.mark.parametrize("text", ["08:30", "2026-02-17", "no", "on", "yes", "0x1f", "1_000", "1e3"])
def test_words_and_times_stay_texts(text: str) -> None:
    assert read(f"key: {text}").content == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("12", 12), ("0.5", 0.5), ("null", None), ("", None), ("-3", -3)]
)
def test_numbers_and_truth_are_what_they_are_in_json(text: str, value: object) -> None:
    assert read(f"key: {text}").content == {"key": value}


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    source = read("grading: {loss: 1}\nroles: {}\ngrading: {loss: 2}\n")

    assert [(problem.name, problem.message) for problem in source.problems] == [
        ("grading", "policy_key_twice")
    ]
    assert source.line(source.problems[0].keys) == 3


@pytest.mark.parametrize("text", ["a: [", "a: {b", "\t- a", "a: b: c", "%", "a: *nobody"])
def test_what_is_no_yaml_is_told_with_its_line(text: str) -> None:
    source = read(text)

    assert source.content == {}
    assert len(source.problems) == 1
    assert source.line(()) is not None


@pytest.mark.parametrize("text", ["- a\n", "word", "12"])
def test_what_is_no_mapping_is_no_document(text: str) -> None:
    assert [problem.message for problem in read(text).problems] == ["policy_not_a_document"]


@pytest.mark.parametrize("text", ["", "# nothing but a remark\n"])
def test_an_empty_document_is_one_without_differences(text: str) -> None:
    assert (read(text).content, read(text).problems) == ({}, [])


@given(st.recursive(st.integers() | st.booleans() | st.none(), lambda inner: st.lists(inner), max_leaves=8))
def test_json_is_read_as_it_is(value: object) -> None:
    assert read(json.dumps({"key": value})).content == {"key": value}


def test_the_shipped_document_is_read_once() -> None:
    assert shipped() is shipped()
