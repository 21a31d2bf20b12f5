"""Complaint numbers and the claim codes that go with them (DESIGN §5)."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from zoneinfo import ZoneInfo

#: 32 characters nobody mistakes for another: no 0 and O, no 1 and I.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

#: Characters of the random part of a number: 30 bits for each day.
RANDOM_LENGTH = 6
RANDOM_BITS = 5 * RANDOM_LENGTH

#: Characters of a claim code: 60 bits, so its digest needs no salt and cannot be searched.
_CLAIM_LENGTH = 12
_CLAIM_GROUP = 4

NUMBER_PATTERN = rf"TS-[0-9]{{8}}-[{ALPHABET}]{{{RANDOM_LENGTH}}}"
_NUMBER = re.compile(NUMBER_PATTERN)


def complaint_number(recorded_at: datetime, zone: str, random_bits: int) -> str:
    """Return `TS-YYYYMMDD-XXXXXX` with the day in the estate's zone and `RANDOM_BITS` random bits."""
    day = recorded_at.astimezone(ZoneInfo(zone))
    return f"TS-{day:%Y%m%d}-{_spell(random_bits, RANDOM_LENGTH)}"


def is_complaint_number(text: str) -> bool:
    """Say whether a text can be a complaint number at all."""
    return _NUMBER.fullmatch(text) is not None


def claim_code(secret: str, number: str) -> str:
    """Return the claim code of a number, `XXXX-XXXX-XXXX`; the same for the same secret and number."""
    digest = hmac.digest(secret.encode(), number.encode(), "sha256")
    code = _spell(int.from_bytes(digest), _CLAIM_LENGTH)
    return "-".join(code[start : start + _CLAIM_GROUP] for start in range(0, _CLAIM_LENGTH, _CLAIM_GROUP))


def claim_digest(code: str) -> bytes:
    """Return what is stored of a claim code; case, blanks and hyphens do not matter, as people type them."""
    plain = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(plain.encode()).digest()


def claim_matches(code: str, digest: bytes) -> bool:
    """Say whether a code is the one that was stored, in a time that does not depend on the answer."""
    return hmac.compare_digest(claim_digest(code), digest)


def _spell(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(length))
