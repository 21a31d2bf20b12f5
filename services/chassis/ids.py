"""Identifiers: UUIDv7, so that rows made one after the other lie beside each other in an index (DESIGN §5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> str:
    """Return a new UUIDv7 in its canonical text form."""
    return str(uuid_utils.uuid7())


def first_id(at: datetime) -> str:
    """Return what lies before all UUIDv7 made in or after the millisecond of `at`, and behind all made before it."""
    return str(UUID(int=(at - _EPOCH) // timedelta(milliseconds=1) << 80))
