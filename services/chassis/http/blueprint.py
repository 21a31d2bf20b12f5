"""flask-smorest's Blueprint with our own reader of requests, which is strict and costs little (PERFORMANCE)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar

import flask_smorest
from flask import g, request
from marshmallow import Schema, ValidationError

from services.chassis.http.errors import BadRequest, UnsupportedMediaType
from services.chassis.http.json import MalformedJson, parse
from services.chassis.http.problems import invalid

View = Callable[..., Any]
V = TypeVar("V", bound=View)

#: Header that names a request which may come again.
IDEMPOTENCY_KEY = "Idempotency-Key"


class RequestReader:
    """Reads one part of a request and loads it with a schema; stands where flask-smorest expects webargs."""

    DEFAULT_VALIDATION_STATUS = 422

    def use_args(self, schema: Schema | type[Schema], *, location: str) -> Callable[[View], View]:
        """Return a decorator that passes the loaded data to the view as its next positional argument."""
        loader = schema if isinstance(schema, Schema) else schema()
        read = _READERS[location]

        def decorate(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return view(*args, load(loader, read()), **kwargs)

            return wrapper

        return decorate


class Blueprint(flask_smorest.Blueprint):
    """A group of routes of one subject; ``create_app`` puts it below ``/api/<service>``."""

    ARGUMENTS_PARSER = RequestReader()

    def __init__(self, name: str, *, description: str = "") -> None:
        super().__init__(name, __name__, description=description)
        self._prepare_doc_cbks += [_document_problems, _document_key]


def load(schema: Schema, data: Any) -> Any:
    """Load ``data`` with ``schema``. Raises ``Invalid`` field by field."""
    try:
        return schema.load(data)
    except ValidationError as error:
        raise invalid(error) from error


def json_body() -> Any:
    """Return the parsed body, which is the same object each time. Raises ``UnsupportedMediaType``, ``BadRequest``."""
    if "json_body" not in g:
        g.json_body = _parsed()
    return g.json_body


def _parsed() -> Any:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    try:
        return parse(request.get_data())
    except MalformedJson as error:
        raise BadRequest("malformed_json") from error


def raw_body(content_type: str, *, max_bytes: int) -> bytes:
    """Return the body of a route that takes no JSON, an import say, up to a limit of its own.

    Raises ``UnsupportedMediaType`` for another content type; a larger body is 413.
    """
    if request.mimetype != content_type:
        raise UnsupportedMediaType()
    request.max_content_length = max_bytes
    return request.get_data()


def _read_query() -> dict[str, Any]:
    return request.args.to_dict()


def _read_form() -> dict[str, Any]:
    return request.form.to_dict()


def _read_files() -> dict[str, Any]:
    return request.files.to_dict()


_READERS: dict[str, Callable[[], Any]] = {
    "json": json_body,
    "query": _read_query,
    "form": _read_form,
    "files": _read_files,
}


def keyed(view: V) -> V:
    """Document that the view heeds ``Idempotency-Key``; it reads it with ``idempotency.key_of_request``."""
    return _keyed(view, "needed")


def keyed_if_sent(view: V) -> V:
    """Document that the view heeds ``Idempotency-Key`` where one is sent: repeating it is harmless anyway."""
    return _keyed(view, "optional")


def _keyed(view: V, how: str) -> V:
    marked: Any = view
    marked._apidoc = {**deepcopy(getattr(view, "_apidoc", {})), "keyed": how}
    return view


def _document_problems(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    # Every route may answer with any problem; OpenAPI's "default" says so once.
    doc.setdefault("responses", {}).setdefault("default", "DEFAULT_ERROR")
    return doc


def _document_key(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    how = doc_info.get("keyed")
    if how:
        token_needed = how == "needed" and bool(doc_info.get("manual_doc", {}).get("security"))
        told = "needed with a token" if how == "needed" else "may be left out"
        doc.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": IDEMPOTENCY_KEY,
                "required": token_needed,
                "description": f"Names this request; {told}. A repetition gets the first answer again.",
                "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
            }
        )
    return doc
