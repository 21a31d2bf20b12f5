"""The errors of Linli and what each means at its two edges (DESIGN §4).

A use case raises one of these and knows nothing of HTTP or queues; ``POLICY`` alone says what an edge makes of
it. The first argument of an error is its ``code``: stable, sent to clients, and the key of its text in the
message catalogue of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from services.chassis.i18n import Message

#: A message for a field: a catalogue key or a validator's English text, or a key with parameters.
FieldMessage = str | Message


class LinliError(Exception):
    """Root of the errors a use case may raise; ``params`` fill the placeholders of the code's text."""

    default_code: ClassVar[str] = "error"

    def __init__(self, code: str | None = None, /, **params: object) -> None:
        self.code = code or self.default_code
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class Invalid(LinliError):
    """What was sent breaks a rule; ``fields`` says where, by dotted path, and why."""

    default_code = "invalid"

    def __init__(
        self,
        code: str | None = None,
        /,
        fields: Mapping[str, Sequence[FieldMessage]] | None = None,
        **params: object,
    ) -> None:
        super().__init__(code, **params)
        self.fields: dict[str, list[FieldMessage]] = {k: list(v) for k, v in (fields or {}).items()}

    def __str__(self) -> str:
        return f"{super().__str__()} in {', '.join(self.fields)}" if self.fields else super().__str__()


def line_field(line: int, field: str) -> str:
    """Return how `Invalid` names a field of a line in a list, the heading being line 1."""
    return f"line {line}.{field}"


class NotFound(LinliError):
    """The thing named does not exist, or not for this caller; for a message: not yet."""

    default_code = "not_found"


class Conflict(LinliError):
    """The thing's present state does not allow this."""

    default_code = "conflict"


class Forbidden(LinliError):
    """The caller is known but may not do this."""

    default_code = "forbidden"


class Unavailable(LinliError):
    """Something needed does not answer now; ``retry_after`` is the pause in seconds to suggest."""

    default_code = "unavailable"

    def __init__(self, code: str | None = None, /, retry_after: int = 5, **params: object) -> None:
        super().__init__(code, **params)
        self.retry_after = retry_after


class Decision(Enum):
    """What becomes of a message whose handler raised (DESIGN §2.5)."""

    DEAD_LETTER = "dead_letter"
    RETRY_MISSING = "retry_missing"
    ACKNOWLEDGE = "acknowledge"
    RETRY_FOR_EVER = "retry_for_ever"
    RETRY_BUG = "retry_bug"


@dataclass(frozen=True)
class Policy:
    """What one class of error means: the HTTP status, and the decision about a message."""

    status: int
    decision: Decision


POLICY: Mapping[type[LinliError], Policy] = {
    Invalid: Policy(422, Decision.DEAD_LETTER),
    NotFound: Policy(404, Decision.RETRY_MISSING),
    Conflict: Policy(409, Decision.ACKNOWLEDGE),
    Forbidden: Policy(403, Decision.DEAD_LETTER),
    Unavailable: Policy(503, Decision.RETRY_FOR_EVER),
}

#: Whatever is not in the table is a bug: 500 with a traceback in the log, a few tries for a message.
BUG = Policy(500, Decision.RETRY_BUG)


def policy_for(error: BaseException) -> Policy:
    """Return the policy of the nearest class in the table, ``BUG`` where there is none."""
    for kind in type(error).__mro__:
        policy = POLICY.get(kind)
        if policy is not None:
            return policy
    return BUG
