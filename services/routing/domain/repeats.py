"""Complaints that repeat an earlier one (R190)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: Longest time between a complaint and the earlier one it repeats, both ends included.
REPEATED_WITHIN: Final = timedelta(days=30)
