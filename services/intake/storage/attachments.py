"""Queries on the files of complaints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, select

from services.chassis.database import Database
from services.intake.storage.tables import attachments, complaints

#: Bytes that are read and sent at once.
PIECE: Final = 256 * 1024

_SHOWN = tuple(each for each in attachments.c if each.name not in ("content", "digest"))


def same(connection: Connection, number: str, digest: bytes) -> Row[Any] | None:
    """The file of a complaint that has this content; None where there is none."""
    query = select(*_SHOWN).where(attachments.c.number == number, attachments.c.digest == digest)
    return connection.execute(query).one_or_none()


def count(connection: Connection, number: str) -> int:
    """How many files a complaint has."""
    return connection.scalar(select(func.count()).where(attachments.c.number == number)) or 0


def add(connection: Connection, **values: object) -> None:
    """Keep a file."""
    connection.execute(attachments.insert().values(values))


def of_complaint(connection: Connection, number: str) -> list[Row[Any]]:
    """The files of a complaint without their contents, oldest first."""
    query = select(*_SHOWN).where(attachments.c.number == number).order_by(attachments.c.at, attachments.c.id)
    return list(connection.execute(query).all())


def find(connection: Connection, id_: str) -> Row[Any] | None:
    """A file without its content."""
    return connection.execute(select(*_SHOWN).where(attachments.c.id == id_)).one_or_none()


def pieces(database: Database, id_: str, size: int) -> Iterator[bytes]:
    """The content of a file piece by piece, so that no more than one is in memory; ends early if it is deleted meanwhile."""
    for start in range(0, size, PIECE):
        piece = func.substring(attachments.c.content, start + 1, PIECE)
        with database.read() as connection:
            found = connection.scalar(select(piece).where(attachments.c.id == id_))
        if found is None:
            return
        yield bytes(found)


def delete_of_party(connection: Connection, party_id: str) -> None:
    """Delete the files of all complaints of a person."""
    his = select(complaints.c.number).where(complaints.c.party_id == party_id)
    connection.execute(delete(attachments).where(attachments.c.number.in_(his)))
