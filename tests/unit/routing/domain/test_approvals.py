"""Consent of a second person (R51)."""

from __future__ import annotations

import pytest

from services.contracts.vocabulary import Role, values
from services.routing.domain.approvals import ENDING, Kind, Person, Refusal, refusal, rivals
from services.routing.policy.files import shipped
from services.routing.policy.registry import document_schema


@pytest.mark.parametrize("role", values(Role))
@pytest.mark.parametrize("kind", list(Kind))
def test_nobody_consents_to_what_he_asked_for_himself(kind: Kind, role: str) -> None:
    everybody = values(Role)

    assert refusal("zhang", Person("zhang", role), everybody) is Refusal.OWN_REQUEST
    assert refusal("zhang", Person("wang", role), everybody) is None


def test_only_the_roles_of_the_policy_decide() -> None:
    assert refusal("zhang", Person("li", "director"), ("director",)) is None
    assert refusal("zhang", Person("li", "head"), ("director",)) is Refusal.NOT_AN_APPROVER


def test_the_shipped_policy_lets_only_leaders_decide_and_on_money_those_above_a_department() -> None:
    approvers = document_schema().load(shipped()).closing.approvers

    leaders = {"head", "director", "centre", "group"}
    assert {kind: set(approvers.of(kind)) for kind in Kind} == {
        Kind.INVALID: leaders,
        Kind.ABNORMAL_CLOSE: leaders,
        Kind.ANSWER: leaders,
        Kind.COMPENSATION: leaders - {"head"},
    }


def test_what_would_end_a_case_is_asked_for_one_at_a_time() -> None:
    assert rivals(Kind.INVALID) == rivals(Kind.ABNORMAL_CLOSE) == ENDING
