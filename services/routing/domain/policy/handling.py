"""What handling takes in delicate matters (R103, R117)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handling:
    """Categories in which nobody answers without his superior's consent (R103), and the roles that see what was paid (R117)."""

    consent_before_answer: tuple[str, ...]
    compensation_seen_by: tuple[str, ...]
