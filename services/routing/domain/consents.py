"""When an answer takes a superior's consent (R103)."""

from __future__ import annotations

from services.routing.domain.approvals import Kind
from services.routing.domain.policy.policy import Policy


def needs_consent(policy: Policy, category: str, role: str) -> bool:
    """Whether who has this role may not answer a complaint of this category by himself.

    A category of the policy stands for those below it as well. Who may consent for others needs nobody's consent.
    """
    if role in policy.closing.approvers.of(Kind.ANSWER):
        return False
    return any(
        category == delicate or category.startswith(f"{delicate}.")
        for delicate in policy.handling.consent_before_answer
    )
