"""One effect for any number of the same request (DESIGN §6, RELIABILITY H1, H2).

The answer is stored in the transaction of its effect: after a crash either both are there or neither, and a
repetition gets the same answer or does the work.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import Response, request
from sqlalchemy import Connection, and_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.errors import Conflict, Invalid
from services.chassis.http.access import optional_principal
from services.chassis.http.blueprint import IDEMPOTENCY_KEY, json_body
from services.chassis.http.errors import BadRequest
from services.chassis.http.json import dump, json_response, parse
from services.chassis.http.tables import idempotency_keys
from services.chassis.sql import delete_some

REPLAYED = "Idempotency-Replayed"

#: Caller of all requests without a token: the key alone tells them apart.
PUBLIC = "public"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")

#: Keeps our advisory locks apart from others'; any constant will do.
_LOCK_SEED = 0x4C494E4C49


class Work(Protocol):
    """The part of a unit of work that is needed here."""

    @property
    def connection(self) -> Connection:
        """The open transaction."""

    @property
    def now(self) -> datetime:
        """The instant of this unit of work."""


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
    work: Work,
    key: Key | None,
    action: Callable[[], Answer],
    *,
    complete: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> Answer:
    """Do ``action`` unless a request with this key was answered before; then return that answer again.

    ``complete`` makes the answer that goes out from the one that is stored, first and again alike: what must
    not lie in the database (a claim code) is computed there. Raises ``Conflict`` while the first request with
    the key is still running, ``Invalid`` if the key was used for something else.
    """
    if key is None:
        first = _in_json_types(action())
        return Answer(first.status, complete(first.body))
    stored = _stored(work.connection, key)
    if stored is not None:
        return Answer(stored.status, complete(stored.body), replayed=True)
    first = _in_json_types(action())
    _store(work, key, first)
    return Answer(first.status, complete(first.body))


def purge(connection: Connection, before: datetime, limit: int) -> int:
    """Forget up to `limit` of the answers given before an instant; returns how many."""
    return delete_some(connection, idempotency_keys, idempotency_keys.c.created_at < before, limit)


def _in_json_types(answer: Answer) -> Answer:
    # An instant must read the same in the first answer and in its repetition.
    return Answer(answer.status, parse(dump(dict(answer.body))))


_WANTED = and_(idempotency_keys.c.caller == bindparam("caller"), idempotency_keys.c.key == bindparam("key"))
_LOCKED = select(
    func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("locked"), _LOCK_SEED)).label("locked")
).subquery("one")
_LOOK = select(
    _LOCKED.c.locked, idempotency_keys.c.fingerprint, idempotency_keys.c.status, idempotency_keys.c.body
).select_from(_LOCKED.outerjoin(idempotency_keys, and_(literal(True), _WANTED)))

# The first request may have committed between our look and our lock; then its row is in the way.
_WRITE = insert(idempotency_keys).on_conflict_do_nothing().returning(idempotency_keys.c.key)


def _stored(connection: Connection, key: Key) -> Answer | None:
    row = connection.execute(
        _LOOK, {"caller": key.caller, "key": key.key, "locked": f"{key.caller}\n{key.key}"}
    ).one()
    if row.fingerprint is None:
        if not row.locked:
            raise Conflict("idempotency_key_in_use")
        return None
    if row.fingerprint != key.fingerprint:
        raise Invalid("idempotency_key_reused")
    return Answer(row.status, row.body)


def _store(work: Work, key: Key, answer: Answer) -> None:
    row = {
        "caller": key.caller,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "status": answer.status,
        "body": dict(answer.body),
        "created_at": work.now,
    }
    if work.connection.scalar(_WRITE, row) is None:
        raise Conflict("idempotency_key_in_use")
