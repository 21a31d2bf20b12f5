"""What closing waits for (R122, R129, R131, R133, R135)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.vocabulary import CallbackOutcome, values
from services.routing.domain.cases import Effect, Standing, Status, effect_of_opinion
from services.routing.domain.closing import Condition, Course, missing_to_close

_SIGN_OFF, _VISIT, _SATISFACTION = Condition


@pytest.mark.parametrize(
    ("course", "missing"),
    [
        (Course(signed_off=False), (_SIGN_OFF, _VISIT, _SATISFACTION)),
        (Course(signed_off=True), (_VISIT, _SATISFACTION)),
        (Course(signed_off=False, opinion="satisfied"), (_SIGN_OFF,)),
        (Course(signed_off=True, opinion="dissatisfied"), (_SATISFACTION,)),
        (Course(signed_off=True, opinion="satisfied"), ()),
        (Course(signed_off=True, opinion="basically_satisfied"), ()),
        (Course(signed_off=True, opinion="unreached"), ()),
    ],
)
def test_a_case_closes_with_signature_return_visit_and_satisfaction_or_their_recorded_absence(
    course: Course, missing: tuple[Condition, ...]
) -> None:
    assert missing_to_close(course) == missing


@given(st.sampled_from(list(Status)), st.sampled_from(values(CallbackOutcome)))
def test_an_opinion_closes_only_what_may_close(status: Status, opinion: str) -> None:
    closes = effect_of_opinion(Standing(status), opinion) is Effect.CLOSE

    assert closes == (not missing_to_close(Course(status is Status.RESOLVED, opinion)))
