"""JSON as this edge reads and writes it: strict on the way in, orjson on the way out."""

from __future__ import annotations

import json
from typing import Any

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider

#: Levels of nesting a body may have; ours have at most five.
MAX_DEPTH = 32

_OPTIONS = orjson.OPT_UTC_Z


class MalformedJson(ValueError):
    """Not JSON, or JSON that means different things to different readers."""


def parse(body: bytes | str) -> Any:
    """Read strict JSON: UTF-8, no NaN or Infinity, no key twice, at most ``MAX_DEPTH`` levels.

    Lone surrogates in escapes pass: they belong to a field, and the field says what is wrong with them.
    Raises ``MalformedJson``.
    """
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedJson(str(error)) from error
    # Counting brackets is cheap and settles the question for every ordinary body.
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise MalformedJson(f"more than {MAX_DEPTH} levels")
    return value


def dump(value: Any) -> bytes:
    """Write JSON; instants in UTC with ``Z``."""
    return orjson.dumps(value, option=_OPTIONS)


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer of a value that is already in its outer form."""
    return Response(dump(value), status, headers, content_type="application/json")


class StrictJSONProvider(JSONProvider):
    """Makes Flask and flask-smorest use the two functions above."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialise; formatting options are those of this module."""
        return dump(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse strictly."""
        return parse(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a JSON answer."""
        return json_response(self._prepare_response_obj(args, kwargs))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise MalformedJson("a key occurs twice in one object")
    return result


def _refuse_constant(name: str) -> Any:
    raise MalformedJson(f"{name} is not JSON")


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
