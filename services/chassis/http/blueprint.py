"""flask-smorest's Blueprint with our own reader of requests, which is strict and costs little (PERFORMANCE)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_smorest
from flask import request
from marshmallow import Schema, ValidationError

from services.chassis.http.errors import BadRequest, UnsupportedMediaType
from services.chassis.http.json import MalformedJson, parse
from services.chassis.http.problems import invalid

View = Callable[..., Any]


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
                return view(*args, load(loader, read(loader)), **kwargs)

            return wrapper

        return decorate


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A group of routes of one subject; ``create_app`` puts it below ``/api/<service>``."""

    ARGUMENTS_PARSER = RequestReader()

    def __init__(self, name: str, *, description: str = "") -> None:
        super().__init__(name, __name__, description=description)
        self._prepare_doc_cbks.append(_document_problems)


def load(schema: Schema, data: Any) -> Any:
    """Load ``data`` with ``schema``. Raises ``Invalid`` field by field."""
    try:
        return schema.load(data)
    except ValidationError as error:
        raise invalid(error) from error


def json_body() -> Any:
    """Return the parsed body. Raises ``UnsupportedMediaType``, ``BadRequest``."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    try:
        return parse(request.get_data())
    except MalformedJson as error:
        raise BadRequest("malformed_json") from error


def _read_json(_: Schema) -> Any:
    return json_body()


def _read_query(_: Schema) -> dict[str, Any]:
    return request.args.to_dict()


def _read_form(_: Schema) -> dict[str, Any]:
    return request.form.to_dict()


def _read_files(_: Schema) -> dict[str, Any]:
    return request.files.to_dict()


_READERS: dict[str, Callable[[Schema], Any]] = {
    "json": _read_json,
    "query": _read_query,
    "form": _read_form,
    "files": _read_files,
}


def _document_problems(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    # Every route may answer with any problem; OpenAPI's "default" says so once.
    doc.setdefault("responses", {}).setdefault("default", "DEFAULT_ERROR")
    return doc
