"""The Ledger tells what was lost, doubled or made up, so that a green one means something."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.journal import Attempt, Journal
from tests.faults.ledger import balance
from tests.faults.sizes import VARIABLE, size


def test_what_was_accepted_and_is_there_once_is_green() -> None:
    found = balance([Attempt("a"), Attempt("a", 503), Attempt("a", 201, "1")], {"a": ["1"]})

    assert found.green
    assert found.accepted == {"a"}
    assert found.unknown == set()


def test_what_was_accepted_and_is_not_there_is_lost() -> None:
    found = balance([Attempt("a", 201, "1"), Attempt("b", 201, "2")], {"a": ["1"], "b": ["3"]})

    assert found.lost == {"b"}
    assert not found.green


def test_two_promises_for_one_key_of_which_one_is_there_are_a_loss() -> None:
    assert balance([Attempt("a", 201, "1"), Attempt("a", 201, "2")], {"a": ["1"]}).lost == {"a"}


def test_what_is_there_twice_is_duplicated() -> None:
    assert balance([Attempt("a", 201, "1")], {"a": ["1", "1"]}).duplicated == {"a"}


def test_what_nobody_answered_may_be_there_or_not() -> None:
    found = balance([Attempt("a"), Attempt("b", 500), Attempt("c", 409)], {"a": ["1"]})

    assert found.green
    assert found.unknown == {"a", "b", "c"}


@pytest.mark.parametrize("attempts", [[], [Attempt("a", 422)]], ids=["nobody asked", "refused"])
def test_what_should_not_be_there_is_unexpected(attempts: list[Attempt]) -> None:
    assert balance(attempts, {"a": ["1"]}).unexpected == {"a"}


def test_a_refusal_after_a_promise_takes_nothing_back() -> None:
    found = balance([Attempt("a", 201, "1"), Attempt("a", 409)], {"a": ["1"]})

    assert found.green
    assert found.refused == set()


def test_a_journal_keeps_the_attempts_of_a_driver_that_died(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal")) as journal:
        journal.after(journal.before("a"), 201, "1")
        journal.after(journal.before("b"), None)
        journal.before("c")

        assert journal.attempts() == [Attempt("a", 201, "1"), Attempt("b"), Attempt("c")]


@pytest.mark.parametrize(("chosen", "wanted"), [("suite", 3), ("tenth", 20), ("full", 200)])
def test_three_sizes_are_run(chosen: str, wanted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, chosen)

    assert size(200, 3) == wanted


def test_a_tenth_is_never_less_than_what_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "tenth")

    assert size(25, 3) == 3


def test_an_unknown_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "some")

    with pytest.raises(ValueError, match="LINLI_FAULTS=some"):
        size(200, 3)
