"""Where a person is reached, and how an address is shown."""

from __future__ import annotations

import pytest

from services.notification.domain.addresses import Channel, Contact, address_of, channel_for, masked


@pytest.mark.parametrize(
    ("phone", "email", "channel"),
    [
        ("+8613812345678", "wang@example.com", Channel.SMS),
        ("+8613812345678", None, Channel.SMS),
        (None, "wang@example.com", Channel.EMAIL),
        (None, None, None),
    ],
)
def test_the_telephone_comes_before_e_mail(
    phone: str | None, email: str | None, channel: Channel | None
) -> None:
    contact = Contact("王芳", phone, email, "zh")

    assert channel_for(contact) is channel


def test_each_channel_has_its_address() -> None:
    contact = Contact("王芳", "+8613812345678", "wang@example.com", "zh")

    assert address_of(contact, Channel.SMS) == "+8613812345678"
    assert address_of(contact, Channel.EMAIL) == "wang@example.com"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("+4915112345678", "+49****5678"),
        ("02112345", "****45"),
        ("wang@example.com", "w***@example.com"),
        ("", None),
        (None, None),
    ],
)
def test_the_middle_of_an_address_is_hidden(address: str | None, shown: str | None) -> None:
    assert masked(address) == shown
