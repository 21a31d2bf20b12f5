"""Fields of request schemas that refuse what the database or the JSON writer could not take (RELIABILITY H)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.chassis.telephone import e164

#: Control characters but line feed and tab (PostgreSQL refuses NUL), and surrogates (no UTF-8 holds them).
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

#: The same for readers of the OpenAPI document: any text, and text that is not all blanks.
_ALLOWED = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_PRINTABLE = f"^{_ALLOWED}*$"
_FILLED = rf"^{_ALLOWED}*[^\x00-\x20\x7f-\xa0\s]{_ALLOWED}*$"

_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)

#: What a bigint column holds.
INT64 = 2**63 - 1


class Text(fields.String):
    """Text of ``min`` to ``max`` characters, stripped, without control characters (line feed and tab may stay).

    All line ends become line feeds; what is only blanks counts as empty.
    """

    default_error_messages = {"unprintable": "Control characters are not allowed."}  # noqa: RUF012

    def __init__(self, min: int = 0, max: int | None = None, **kwargs: Any) -> None:
        metadata = {"pattern": _FILLED if min else _PRINTABLE, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.validators.insert(0, validate.Length(min=min or None, max=max))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if _UNPRINTABLE.search(text):
            raise self.make_error("unprintable")
        return text


class Telephone(Text):
    """A telephone number as people write it, of at most 40 characters; becomes E.164 inside."""

    default_error_messages = {"telephone": "Not a telephone number."}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min=1, max=40, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        number = e164(super()._deserialize(value, attr, data, **kwargs))
        if number is None:
            raise self.make_error("telephone")
        return number


class Instant(fields.Field[datetime]):
    """An instant by RFC 3339 with its offset; becomes UTC inside, and goes out in UTC with ``Z``."""

    default_error_messages = {"invalid": "Not an RFC 3339 instant with an offset."}  # noqa: RUF012

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            raise self.make_error("invalid")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{attr} holds a naive datetime")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class BoundedInteger(fields.Integer):
    """A whole number within bounds that the database can hold."""

    def __init__(self, min: int = -INT64, max: int = INT64, *, in_query: bool = False, **kwargs: Any) -> None:
        # In a query everything is text; in a body "3" is not a number, while 3.0 is the same number as 3.
        super().__init__(strict=not in_query, **kwargs)
        self._in_query = in_query
        self.validators.insert(0, validate.Range(min=min, max=max))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, bool) or (isinstance(value, str) and not self._in_query):
            raise self.make_error("invalid")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        try:
            return int(super()._deserialize(value, attr, data, **kwargs))
        except ValidationError:
            raise
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error
