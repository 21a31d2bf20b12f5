"""What happened to a case, append only and chained (see domain/chain.py)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, select

from services.chassis.sql import Prepared, as_json, direct
from services.routing.domain.chain import START, content_digest, linked, text_digest
from services.routing.storage.tables import timeline

_SALT_BYTES: Final = 16

# The cases are held already by whoever writes about them; this holds them in any case.
_APPEND: Final = """
    WITH RECURSIVE given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(%(rows)s AS json)) AS r(
            number text, step int, content bytea, at timestamptz, entry text, by text, text text, work_order_id uuid,
            details jsonb, text_salt bytea, text_digest bytea
        )
    ), held AS MATERIALIZED (
        SELECT number, chained, chain_head FROM cases
        WHERE number IN (SELECT number FROM given) ORDER BY number FOR NO KEY UPDATE
    ), chain AS (
        SELECT given.number, step, chained + step AS position, sha256(coalesce(chain_head, '') || content) AS digest
        FROM given LEFT JOIN held USING (number) WHERE step = 1
        UNION ALL
        SELECT number, given.step, position + 1, sha256(digest || content)
        FROM chain JOIN given USING (number) WHERE given.step = chain.step + 1
    ), newest AS (
        UPDATE cases SET chained = position, chain_head = digest
        FROM (SELECT DISTINCT ON (number) * FROM chain ORDER BY number, step DESC) AS last
        WHERE cases.number = last.number
    )
    INSERT INTO timeline
        (number, at, entry, by, text, work_order_id, details, text_salt, text_digest, position, digest)
    SELECT number, at, entry, by, text, work_order_id, details, text_salt, text_digest, position, digest
    FROM given JOIN chain USING (number, step) ORDER BY number, step
    """


def entry(
    number: str,
    at: datetime,
    name: str,
    *,
    by: str | None = None,
    text: str | None = None,
    work_order_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A row for `append` or `begun`."""
    salt = new_salt() if text is not None else None
    return {
        "number": number,
        "at": at,
        "entry": name,
        "by": by,
        "text": text,
        "work_order_id": work_order_id,
        "details": details,
        "text_salt": salt,
        "text_digest": text_digest(text, salt) if text is not None and salt is not None else None,
    }


def new_salt() -> bytes:
    """What makes the digest of a text one that nobody can guess the text from."""
    return secrets.token_bytes(_SALT_BYTES)


def begun(
    cases: Iterable[MutableMapping[str, Any]], entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of the first entries of new cases, in their order; the rows of the cases get their newest digests."""
    newest: dict[str, tuple[int, bytes]] = {}
    rows = []
    for each in entries:
        chained, before = newest.get(each["number"], (0, START))
        digest = linked(before, _content(each))
        newest[each["number"]] = chained + 1, digest
        rows.append({**each, "position": chained + 1, "digest": digest})
    for case in cases:
        case["chained"], case["chain_head"] = newest[case["number"]]
    return rows


def append(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add entries of cases that exist, those of one case in their order, with one statement."""
    if not rows:
        return
    steps: Counter[str] = Counter()
    given = []
    for row in rows:
        steps[row["number"]] += 1
        given.append({**row, "step": steps[row["number"]], "content": _content(row)})
    direct(connection, _APPEND, {"rows": as_json(given)})


_OF_CASE: Final = Prepared(
    select(timeline)
    .where(timeline.c.number == bindparam("number"))
    .order_by(timeline.c.at, timeline.c.position, timeline.c.id)
)


def of_case(connection: Connection, number: str) -> Sequence[Mapping[str, Any]]:
    """The entries of a case, oldest first."""
    return _OF_CASE.mappings(connection, number=number)


def canonical(details: Any) -> bytes:
    """What the chain holds of the details of an entry, the same before they are stored and after."""
    return orjson.dumps(details, default=str, option=orjson.OPT_SORT_KEYS)


def _content(row: Mapping[str, Any]) -> bytes:
    return content_digest(
        row["number"],
        row["at"],
        row["entry"],
        row["by"],
        row["work_order_id"],
        canonical(row["details"]),
        row["text_digest"],
    )
