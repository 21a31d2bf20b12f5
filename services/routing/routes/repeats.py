"""Steps and decisions are not creating requests: what they change shows whether they were done."""

from __future__ import annotations

from flask import request

from services.chassis.http.blueprint import IDEMPOTENCY_KEY
from services.chassis.http.idempotency import Key, key_of_request


def optional_key(content: bytes | None = None) -> Key | None:
    """The key of a request that need not have one; `content` as for `key_of_request`.

    Without it a repeated step meets the new state and is a 409; with it the first answer comes again. Only
    `progress` repeats, so who may send it twice sends a key.
    """
    return key_of_request(content) if IDEMPOTENCY_KEY in request.headers else None
