"""What every refusal must be, whatever it refuses."""

from __future__ import annotations

import re
from typing import Any

_HAN = re.compile(r"[\u4e00-\u9fff]")
#: What only somebody who reads our code should ever see.
_INTERNALS = (
    "Traceback",
    'File "',
    "psycopg",
    "sqlalchemy",
    "marshmallow",
    "werkzeug",
    "services/",
    "SELECT ",
)


def problem(answer: Any, status: int, language: str = "zh") -> dict[str, Any]:
    """The body of a refusal, after checking that it is an RFC 9457 problem of this status, in this language."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Content-Language"] == language
    assert not any(word in answer.text for word in _INTERNALS), answer.text
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert body["type"] == f"urn:linli:problem:{body['code']}"
    texts = [body["title"], body["detail"], *(error["message"] for error in body.get("errors", []))]
    for text in texts:
        assert bool(_HAN.search(text)) == (language == "zh"), text
    return body


def fields_of(answer: Any, language: str = "zh") -> set[str]:
    """The fields that a 422 finds fault with."""
    return {error["field"] for error in problem(answer, 422, language)["errors"]}
