"""Company checks of what was resolved or closed (R138)."""

from __future__ import annotations

from enum import StrEnum


class Checker(StrEnum):
    """Who checked: the call centre, the group, the quality department."""

    CALL_CENTRE = "call_centre"
    GROUP = "group"
    QUALITY = "quality"
