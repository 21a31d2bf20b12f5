"""Identifiers: UUIDv7, so that rows made one after the other lie beside each other in an index (DESIGN §5)."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """Return a new UUIDv7 in its canonical text form."""
    return str(uuid_utils.uuid7())
