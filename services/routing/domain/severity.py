"""How grave a matter is."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """The fixed scale; what an operator calls its grades is said by the policy section `labels` (R55-R58)."""

    MINOR = "minor"
    IMPORTANT = "important"
    MAJOR = "major"
