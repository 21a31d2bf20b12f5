"""The hash chains of cases as they are found, and entries that are not in one yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection

from services.chassis.sql import as_json, direct, direct_rows, updating
from services.routing.domain.chain import Entry
from services.routing.storage.tables import cases, timeline
from services.routing.storage.timeline import canonical

#: Cases that are read with one statement.
PAGE: Final = 1000

_COLUMNS: Final = """
    t.number, t.at, t.entry, t.by, t.text, t.work_order_id, t.details, t.text_salt, t.text_digest,
    t.position, t.digest
    """
# One statement sees one moment: what is added meanwhile is there with its digest in the case, or not at all.
_CHAINS: Final = f"""
    SELECT c.number AS case, c.chained, c.chain_head, {_COLUMNS} FROM (
        SELECT number, chained, chain_head FROM cases
        WHERE number > %(after)s AND (CAST(%(since)s AS timestamptz) IS NULL OR received_at >= %(since)s)
        ORDER BY number LIMIT {PAGE}
    ) c LEFT JOIN timeline t ON t.number = c.number AND t.position IS NOT NULL
    ORDER BY c.number, t.position
    """  # noqa: S608 - words of ours
_CHAIN: Final = f"""
    SELECT c.number AS case, c.chained, c.chain_head, {_COLUMNS}
    FROM cases c LEFT JOIN timeline t ON t.number = c.number AND t.position IS NOT NULL
    WHERE c.number = %(number)s ORDER BY t.position
    """  # noqa: S608 - words of ours
_UNCHAINED: Final = """
    SELECT DISTINCT number FROM (SELECT number FROM timeline WHERE position IS NULL ORDER BY id LIMIT %(limit)s) AS oldest
    """
_TO_CHAIN: Final = f"""
    SELECT t.id, {_COLUMNS} FROM timeline t WHERE number = ANY(%(numbers)s) AND position IS NULL ORDER BY number, id
    """  # noqa: S608 - words of ours
_COUNT_UNCHAINED: Final = "SELECT count(*) FROM timeline WHERE position IS NULL"
_CHAIN_THEM: Final = updating(timeline, "id", ("position", "digest", "text_salt", "text_digest"))
_NAME_NEWEST: Final = updating(cases, "number", ("chained", "chain_head"))


class Chain:
    """The chain of one case: its entries by position, how many the case says there are, and the digest of the newest."""

    def __init__(self, number: str, rows: Sequence[Any]) -> None:
        self.number = number
        self.chained: int = rows[0].chained
        self.head: bytes = rows[0].chain_head or b""
        self.entries = [_entry(row) for row in rows if row.position is not None]


def page(connection: Connection, *, after: str, since: datetime | None) -> list[Chain]:
    """The chains of the next cases by number, of those received `since` if that is given; none at the end."""
    rows = direct_rows(connection, _CHAINS, {"after": after, "since": since})
    return [Chain(number, list(some)) for number, some in groupby(rows, key=attrgetter("case"))]


def of_case(connection: Connection, number: str) -> Chain | None:
    """The chain of one case; None where there is no such case."""
    rows = direct_rows(connection, _CHAIN, {"number": number})
    return Chain(number, rows) if rows else None


def unchained(connection: Connection, limit: int) -> list[str]:
    """The cases of the oldest entries that are in no chain, as many entries as `limit`."""
    return [number for (number,) in direct(connection, _UNCHAINED, {"limit": limit})]


def count_unchained(connection: Connection) -> int:
    """How many entries are in no chain."""
    count: int = direct(connection, _COUNT_UNCHAINED, {})[0][0]
    return count


def unchained_of(connection: Connection, numbers: Collection[str]) -> list[Any]:
    """The entries of these cases that are in no chain, oldest first."""
    return direct_rows(connection, _TO_CHAIN, {"numbers": list(numbers)})


def put_in(
    connection: Connection, entries: Sequence[Mapping[str, Any]], newest: Sequence[Mapping[str, Any]]
) -> None:
    """Give entries (`id`) their place in the chain, and cases (`number`) their newest."""
    direct(connection, _CHAIN_THEM, {"rows": as_json(entries)})
    direct(connection, _NAME_NEWEST, {"rows": as_json(newest)})


def _entry(row: Any) -> Entry:
    return Entry(
        position=row.position,
        digest=row.digest or b"",
        number=row.number,
        at=row.at,
        name=row.entry,
        by=row.by,
        work_order_id=row.work_order_id,
        details=canonical(row.details),
        text=row.text,
        text_salt=row.text_salt,
        text_digest=row.text_digest,
    )
