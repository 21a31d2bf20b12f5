"""Telephone numbers as people write them, turned into what can be dialled from anywhere."""

from __future__ import annotations

import phonenumbers

#: Numbers without a country's prefix are Chinese.
REGION = "CN"


def e164(text: str) -> str | None:
    """Return a telephone number in E.164, like `+8613800138000`; None if the text is no telephone number."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
