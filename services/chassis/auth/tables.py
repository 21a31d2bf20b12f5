"""Table of what a service knows of the principals that may call it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, Table, Text

from services.chassis.metadata import metadata

#: A copy fed by events, in each service's database, so that refusing a disabled principal asks nobody else.
principals = Table(
    "principals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
