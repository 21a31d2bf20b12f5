"""Rows of refresh tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from services.routing.storage.tables import refresh_tokens


def insert(connection: Connection, digest: str, family: str, staff_id: str, expires_at: datetime) -> None:
    """Write a new token."""
    connection.execute(
        refresh_tokens.insert().values(digest=digest, family=family, staff_id=staff_id, expires_at=expires_at)
    )


def lock(connection: Connection, digest: str) -> Row[Any] | None:
    """A token by its digest, locked until the transaction ends."""
    query = select(refresh_tokens).where(refresh_tokens.c.digest == digest)
    return connection.execute(query.with_for_update()).one_or_none()


def use(connection: Connection, digest: str, now: datetime) -> None:
    """Note that the token was exchanged for a new one."""
    mine = refresh_tokens.c.digest == digest
    connection.execute(refresh_tokens.update().where(mine).values(used_at=now))


def revoke_family(connection: Connection, family: str, now: datetime) -> None:
    """End a sign-in with all its renewals."""
    mine = (refresh_tokens.c.family == family) & refresh_tokens.c.revoked_at.is_(None)
    connection.execute(refresh_tokens.update().where(mine).values(revoked_at=now))


def revoke_all(connection: Connection, staff_id: str, now: datetime) -> None:
    """End every sign-in of a person."""
    mine = (refresh_tokens.c.staff_id == staff_id) & refresh_tokens.c.revoked_at.is_(None)
    connection.execute(refresh_tokens.update().where(mine).values(revoked_at=now))


def purge(connection: Connection, now: datetime) -> int:
    """Delete expired tokens; returns how many."""
    return connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expires_at < now)).rowcount
