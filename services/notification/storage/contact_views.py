"""The record of who looked at a resident's name and number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.notification.storage.tables import contact_views


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep one look."""
    connection.execute(insert(contact_views).values(row))
