"""What a complainant is compensated with (R117)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Remedy(StrEnum):
    """The kinds of compensation and remedy."""

    MONEY = "money"
    FEE_WAIVER = "fee_waiver"
    REPAIR = "repair"
    REPLACEMENT = "replacement"
    SERVICE = "service"


#: These are nothing without an amount.
PAID: Final = frozenset({Remedy.MONEY, Remedy.FEE_WAIVER})
#: What an approval says of itself that is not for all eyes.
DISCREET: Final = frozenset({"amount", "agreement"})
