"""Errors that only HTTP knows; those of the use cases are in ``services.chassis.errors``."""

from __future__ import annotations

from typing import ClassVar

from services.chassis.errors import LinliError


class HttpError(LinliError):
    """Root of the errors of the edge; ``status`` is the HTTP status, ``headers`` go out with the problem."""

    status: ClassVar[int] = 400

    def __init__(
        self, code: str | None = None, /, headers: dict[str, str] | None = None, **params: object
    ) -> None:
        super().__init__(code, **params)
        self.headers = headers or {}


class BadRequest(HttpError):
    """The request cannot be read: malformed JSON, a missing or malformed ``Idempotency-Key``."""

    status = 400
    default_code = "bad_request"


class Unauthorized(HttpError):
    """No token, or one that is not valid."""

    status = 401
    default_code = "unauthorized"

    def __init__(self, code: str | None = None, /, **params: object) -> None:
        challenge = 'Bearer realm="linli"'
        if code is not None:
            challenge += ', error="invalid_token"'
        super().__init__(code, headers={"WWW-Authenticate": challenge}, **params)


class UnsupportedMediaType(HttpError):
    """The body is of another content type than the route takes."""

    status = 415
    default_code = "unsupported_media_type"


class TooManyRequests(HttpError):
    """The caller asked more often than allowed; ``retry_after`` is the pause in seconds."""

    status = 429
    default_code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(None, headers={"Retry-After": str(retry_after)}, retry_after=retry_after)
