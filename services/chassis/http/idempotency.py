"""One effect for any number of the same request (DESIGN §6, RELIABILITY H1, H2).

The answer is stored in the transaction of its effect: after a crash either both are there or neither, and a
repetition gets the same answer or does the work.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, request
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from services.chassis.database import Database
from services.chassis.errors import Invalid, LinliError
from services.chassis.http.access import optional_principal
from services.chassis.http.blueprint import IDEMPOTENCY_KEY, json_body
from services.chassis.http.errors import BadRequest
from services.chassis.http.json import dump, json_response, parse
from services.chassis.http.tables import idempotency_keys
from services.chassis.sql import delete_some
from services.chassis.unit_of_work import UnitOfWork

REPLAYED = "Idempotency-Replayed"

#: Caller of all requests without a token: the key alone tells them apart.
PUBLIC = "public"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Key:
    """A request that may come again: who sent it under which key, and a fingerprint of what it asks."""

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """What a creating route answers; ``body`` may hold instants, which become text."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the HTTP answer, a replay marked as such."""
        marked = {**(headers or {}), **({REPLAYED: "true"} if self.replayed else {})}
        return json_response(dict(self.body), self.status, marked)


def key_of_request(content: bytes | None = None) -> Key | None:
    """Return the key of the running request, ``None`` where a public caller sent none.

    ``content`` stands for the body in the fingerprint; without it the JSON body does, however it is formatted.
    Raises ``BadRequest`` if the key is malformed, or missing with a token.
    """
    principal = optional_principal()
    sent = request.headers.get(IDEMPOTENCY_KEY)
    if sent is None:
        if principal is not None:
            raise BadRequest("idempotency_key_missing")
        return None
    if not _KEY.fullmatch(sent):
        raise BadRequest("idempotency_key_malformed")
    if content is None:
        content = json.dumps(json_body(), sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + content)
    return Key(f"principal:{principal.id}" if principal else PUBLIC, sent, digest.hexdigest())


def once(
    database: Database,
    key: Key | None,
    action: Callable[[UnitOfWork], Answer],
    *,
    complete: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> Answer:
    """Do ``action`` in one transaction, unless a request with this key was answered before: then give that answer.

    The key is written last, with the effect. Where it is known by then, all is undone; a request with the same key that
    is still running is waited for. So the first pays nothing for a repetition that hardly ever comes.

    ``complete`` makes the answer that goes out from the one that is stored, first and again alike: what must not lie in
    the database (a claim code) is computed there. Raises ``Invalid`` if the key was used for something else.
    """
    try:
        with database.begin() as work:
            answer = _in_json_types(action(work))
            if key is not None:
                work.add(idempotency_keys, [_row(key, answer, work.now)])
    except (LinliError, IntegrityError):
        # What failed may have failed because it was done before.
        earlier = None if key is None else _earlier(database, key)
        if earlier is None:
            raise
        return replace(earlier, body=complete(earlier.body))
    return replace(answer, body=complete(answer.body))


def purge(connection: Connection, before: datetime, limit: int) -> int:
    """Forget up to `limit` of the answers given before an instant; returns how many."""
    return delete_some(connection, idempotency_keys, idempotency_keys.c.created_at < before, limit)


def _in_json_types(answer: Answer) -> Answer:
    # An instant must read the same in the first answer and in its repetition.
    return Answer(answer.status, parse(dump(dict(answer.body))))


def _row(key: Key, answer: Answer, now: datetime) -> dict[str, Any]:
    return {
        "caller": key.caller,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "status": answer.status,
        "body": dict(answer.body),
        "created_at": now,
    }


def _earlier(database: Database, key: Key) -> Answer | None:
    table = idempotency_keys
    query = select(table.c.fingerprint, table.c.status, table.c.body).where(
        table.c.caller == key.caller, table.c.key == key.key
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise Invalid("idempotency_key_reused")
    return Answer(row.status, row.body, replayed=True)
