"""Every error leaves as RFC 9457 ``application/problem+json``, in Chinese or English (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import psycopg
import sqlalchemy.exc
import structlog
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from services.chassis.errors import FieldMessage, Invalid, LinliError, Unavailable, policy_for
from services.chassis.http.errors import HttpError
from services.chassis.http.json import dump
from services.chassis.i18n import DEFAULT_LANGUAGE, LANGUAGES, Message, Translator
from services.chassis.validation_messages import translate_validation

CONTENT_TYPE = "application/problem+json"

#: A body of a thousand wrong fields is not answered with a thousand lines.
MAX_FIELD_ERRORS = 100
MAX_FIELD_TEXT = 500

#: Codes of the errors Flask itself raises.
_HTTP_CODES = {
    400: "bad_request",
    404: "route_unknown",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}

#: The database did not answer, went away, or gave way to another transaction: the same request may work soon.
_DATABASE_GONE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    psycopg.OperationalError,
)

_log = structlog.get_logger(__name__)


def register_error_handlers(app: Flask, translator: Translator) -> None:
    """Make ``app`` answer every exception with a problem."""

    def handle_linli(error: LinliError) -> Response:
        return problem(error, translator)

    def handle_http(error: HTTPException) -> ResponseReturnValue:
        return _http_problem(error, translator)

    def handle_database(error: Exception) -> Response:
        _log.warning("database_unavailable", error=type(error).__name__)
        return problem(Unavailable(), translator)

    def handle_bug(error: Exception) -> Response:
        _log.error("request_failed", exc_info=error)
        return _answer(500, "internal_error", translator)

    app.register_error_handler(LinliError, handle_linli)
    app.register_error_handler(HTTPException, handle_http)
    for kind in _DATABASE_GONE:
        app.register_error_handler(kind, handle_database)
    app.register_error_handler(Exception, handle_bug)


def problem(error: LinliError, translator: Translator) -> Response:
    """Return the problem that one of our errors is."""
    if isinstance(error, HttpError):
        return _answer(error.status, error.code, translator, error.params, headers=error.headers)
    status = policy_for(error).status
    if isinstance(error, Unavailable):
        return _answer(
            status, error.code, translator, error.params, headers={"Retry-After": str(error.retry_after)}
        )
    if isinstance(error, Invalid):
        return _answer(status, error.code, translator, error.params, errors=_field_errors(error, translator))
    return _answer(status, error.code, translator, error.params)


def invalid(error: ValidationError) -> Invalid:
    """Turn what a schema complains of into our error, nested fields by dotted path."""
    return Invalid(fields=dict(_flatten(error.messages)))


def language() -> str:
    """Return the language to answer this request in, by ``Accept-Language``."""
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE


def _http_problem(error: HTTPException, translator: Translator) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    code = _HTTP_CODES.get(error.code, "bad_request" if error.code < 500 else "internal_error")
    return _answer(error.code, code, translator, headers=headers)


def _answer(
    status: int,
    code: str,
    translator: Translator,
    params: Mapping[str, object] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> Response:
    tongue = language()
    title = translator.text(
        f"status_{status}" if translator.knows(f"status_{status}") else "status_other", tongue
    )
    body: dict[str, Any] = {
        "type": f"urn:linli:problem:{code}",
        "title": title,
        "status": status,
        "detail": translator.text(code, tongue, **(params or {})) if translator.knows(code) else title,
        "instance": request.path,
        "code": code,
    }
    if errors is not None:
        body["errors"] = errors
    response = Response(dump(body), status, content_type=CONTENT_TYPE)
    response.headers.update(headers or {})
    response.headers["Content-Language"] = tongue
    response.vary.add("Accept-Language")
    return response


def _field_errors(error: Invalid, translator: Translator) -> list[dict[str, str]]:
    tongue = language()
    found = (
        {"field": _writable(field), "message": _writable(field_message(message, translator, tongue))}
        for field, messages in error.fields.items()
        for message in messages
    )
    return list(islice(found, MAX_FIELD_ERRORS))


def _writable(text: str) -> str:
    # A field's name comes from the caller and may hold what no UTF-8 can, at any length.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")[:MAX_FIELD_TEXT]


def field_message(message: FieldMessage, translator: Translator, tongue: str) -> str:
    """Return what is wrong with a field in a language."""
    if isinstance(message, Message):
        return translator.text(message.key, tongue, **message.params)
    if translator.knows(message):
        return translator.text(message, tongue)
    return translate_validation(message, tongue)


def _flatten(messages: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # marshmallow files what concerns a whole object under "_schema".
            part = "" if name == "_schema" else str(name)
            yield from _flatten(inner, ".".join(filter(None, (path, part))))
    else:
        yield path, [str(each) for each in (messages if isinstance(messages, list) else [messages])]
