"""What routes on one complaint share: its number in the address, and who asks."""

from __future__ import annotations

from flask import Request

from services.chassis.errors import NotFound
from services.intake.domain.numbers import is_complaint_number


def number_in(text: str) -> str:
    """Return a complaint number as somebody typed it. Raises `NotFound` for what cannot be one."""
    number = text.strip().upper()
    if not is_complaint_number(number):
        raise NotFound("complaint_unknown")
    return number


def caller_address(request: Request) -> str:
    """Return the network address a request came from."""
    return request.remote_addr or "unknown"
