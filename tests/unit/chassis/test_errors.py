"""One table says what each error means at the edges (DESIGN §4)."""

from __future__ import annotations

import pytest

from services.chassis.errors import (
    BUG,
    POLICY,
    Conflict,
    Decision,
    Forbidden,
    Invalid,
    LinliError,
    NotFound,
    Unavailable,
    policy_for,
)


@pytest.mark.parametrize(
    ("error", "status", "decision"),
    [
        (Invalid(), 422, Decision.DEAD_LETTER),
        (NotFound(), 404, Decision.RETRY_MISSING),
        (Conflict(), 409, Decision.ACKNOWLEDGE),
        (Forbidden(), 403, Decision.DEAD_LETTER),
        (Unavailable(), 503, Decision.RETRY_FOR_EVER),
        (KeyError("x"), 500, Decision.RETRY_BUG),
    ],
)
def test_every_error_has_one_status_and_one_decision(
    error: Exception, status: int, decision: Decision
) -> None:
    policy = policy_for(error)

    assert (policy.status, policy.decision) == (status, decision)


def test_every_class_of_the_tree_is_in_the_table() -> None:
    tree = {kind for kind in LinliError.__subclasses__() if kind.__module__ == LinliError.__module__}

    assert tree == set(POLICY)


def test_a_subclass_is_treated_as_its_parent() -> None:
    class Gone(NotFound):
        pass

    assert policy_for(Gone()) == POLICY[NotFound]


def test_the_root_itself_is_a_bug() -> None:
    assert policy_for(LinliError("odd")) == BUG


def test_an_error_tells_its_code_and_parameters() -> None:
    error = NotFound("parcel_unknown", number="P-1")

    assert error.code == "parcel_unknown"
    assert error.params == {"number": "P-1"}
    assert str(error) == "parcel_unknown(number='P-1')"
