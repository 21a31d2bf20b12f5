"""Valid and invalid (R47-R54)."""

from __future__ import annotations

import pytest

from services.contracts.vocabulary import Verdict as ContractVerdict
from services.contracts.vocabulary import values
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.verification import Obstacle, Verdict, obstacle, status_after_valid
from services.routing.policy.files import shipped
from services.routing.policy.registry import document_schema


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_case_is_verified_until_its_end_and_found_invalid_until_it_is_resolved(
    status: Status, verdict: Verdict
) -> None:
    found = obstacle(status, verdict, unchanged=False)

    if status in ENDED:
        assert found is Obstacle.ENDED
    elif verdict is Verdict.INVALID and status is Status.RESOLVED:
        assert found is Obstacle.RESOLVED
    else:
        assert found is None


def test_the_same_verdict_again_changes_nothing() -> None:
    assert obstacle(Status.ASSIGNED, Verdict.VALID, unchanged=True) is Obstacle.UNCHANGED


def test_a_valid_case_is_verified_if_nothing_was_done_yet_and_else_where_it_was() -> None:
    assert status_after_valid(Status.RECEIVED) is Status.VERIFIED
    assert {status_after_valid(status) for status in Status} == set(Status) - {Status.RECEIVED}


def test_the_shipped_reasons_are_those_of_the_procedures() -> None:
    """R49 no duty of ours, R50 beyond our power, R51 others by approval; R54 class A and class B."""
    policy = document_schema().load(shipped()).verification

    assert list(policy.reasons("invalid")) == ["not_our_duty", "beyond_our_power", "other"]
    assert list(policy.reasons("valid")) == ["own_fault", "other_cause"]


def test_the_verdicts_are_those_of_the_contract() -> None:
    assert values(Verdict) == values(ContractVerdict)
