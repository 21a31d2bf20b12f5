"""Tables of the HTTP edge: answers kept for repeated requests, and counters of the rate limit."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.chassis.metadata import metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("idempotency_keys_created_at", "created_at"),
)

#: Unlogged: after a crash of the database the counting of the running minute starts anew, which harms nobody.
rate_counters = Table(
    "rate_counters",
    metadata,
    Column("key", Text, primary_key=True),
    Column("window_start", DateTime(timezone=True), primary_key=True),
    Column("count", Integer, nullable=False),
    Index("rate_counters_window_start", "window_start"),
    prefixes=["UNLOGGED"],
)
