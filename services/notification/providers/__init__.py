"""Who carries messages outside: the port, its one shipped provider `log`, and one that records for tests.

A provider is called outside of any transaction, from several threads. `test_providers.py` holds what all must keep to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.notification.domain.addresses import Channel


@dataclass(frozen=True)
class Message:
    """One message to one address. Calls with the same `key` are one message; `title` is an e-mail's subject line."""

    key: str
    channel: Channel
    recipient: str
    text: str
    title: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The provider took the message over; `reference` is its own id for it."""

    reference: str


class Refused(Exception):
    """The provider will never take this message: an impossible address, a forbidden text. `reason` holds no address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Provider(Protocol):
    """Takes messages over."""

    def send(self, message: Message) -> Receipt:
        """Hand a message over; the same key again gives the same receipt and sends nothing more.

        Raises `services.chassis.errors.Unavailable` where it may be tried again, `Refused` where never.
        """
        ...
