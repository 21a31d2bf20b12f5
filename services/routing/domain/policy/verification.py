"""For which reasons a complaint is found valid or invalid (R48-R51, R54)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.routing.domain.rules import Label


@dataclass(frozen=True, slots=True)
class Verification:
    """The reasons of each verdict: by code, what people read."""

    valid: Mapping[str, Label]
    invalid: Mapping[str, Label]

    def reasons(self, verdict: str) -> Mapping[str, Label]:
        """The reasons there are for `valid` or `invalid`."""
        return self.valid if verdict == "valid" else self.invalid
