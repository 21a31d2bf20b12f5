"""Where a person is reached, and how an address is shown to those who need not know it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """The ways a message leaves us (R126)."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True)
class Contact:
    """How to reach a person; nothing is known of one who was erased. `language` is `zh` or `en`."""

    name: str | None
    phone: str | None
    email: str | None
    language: str


def channel_for(contact: Contact) -> Channel | None:
    """The one channel this person is written to: the telephone before e-mail, None without either."""
    if contact.phone:
        return Channel.SMS
    return Channel.EMAIL if contact.email else None


def address_of(contact: Contact, channel: Channel) -> str | None:
    """The address on this channel, None where there is none (any more)."""
    return contact.phone if channel is Channel.SMS else contact.email


def masked(address: str | None) -> str | None:
    """An address with its middle hidden: `138****5678`, `w***@example.com`; enough to recognise, not to use."""
    if not address:
        return None
    user, at, host = address.partition("@")
    if at:
        return f"{user[:1]}***@{host}"
    digits = address.removeprefix("+86")
    # A short number would be readable from its ends.
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"****{digits[-2:]}"
