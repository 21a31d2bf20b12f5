"""Logs: JSON lines on standard error, static event names with fields, personal numbers masked (DESIGN §2.8).

What is bound with ``structlog.contextvars`` (request id, trace id, service) is on every line of that work.
Lines of libraries go the same way.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from services.chassis.masking import mask

#: Levels of nesting that are written out; deeper values appear as text.
_MAX_DEPTH = 6

#: What PostgreSQL tells of an error may be a whole row.
_DETAIL = re.compile(r"DETAIL:.*")
_INT64 = 2**63


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of this process to ``stream`` (standard error) as JSON lines from ``level`` on."""
    before_rendering: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before_rendering,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *before_rendering],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_event, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def mask_event(_: WrappedLogger | None, __: str, event: EventDict) -> EventDict:
    """Mask every field of a line, at any depth; the text of exceptions is such a field."""
    return {name: _masked(value, _MAX_DEPTH) for name, value in event.items()}


def _masked(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        return value if mask(text) == text and abs(value) < _INT64 else mask(text)
    if isinstance(value, Mapping) and depth:
        return {mask(str(name)): _masked(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [_masked(inner, depth - 1) for inner in value]
    text = _DETAIL.sub("DETAIL: ***", value if isinstance(value, str) else repr(value))
    # A lone surrogate cannot be written; the line must not be lost for it.
    return mask(text).encode("utf-8", "backslashreplace").decode("utf-8")


def _render(_: WrappedLogger | None, __: str, event: EventDict) -> str:
    return orjson.dumps(event).decode()
