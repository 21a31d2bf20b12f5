"""What may be attached to a complaint, what it is called, and who may fetch it for how long."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from typing import Final

#: Bytes of the largest file (DESIGN §6).
MAX_BYTES: Final = 10 * 1024 * 1024
#: Files of one complaint.
MOST: Final = 20
#: Longest name, in characters.
LONGEST_NAME: Final = 100
#: How long a link is good for.
LINK_LIFE: Final = timedelta(minutes=10)

#: The media types that are kept, and how their files end.
ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
}
#: Control characters, those that turn the direction of writing, and those a file system takes for its own.
_BARRED = re.compile(r'[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]')


def label(name: str | None, media_type: str) -> str:
    """What a file is called when it is fetched: the last part of the name it came with, with the ending of what it is."""
    last = re.split(r"[/\\]", name or "")[-1]
    stem = _BARRED.sub("", last).rpartition(".")[0] or _BARRED.sub("", last)
    ending = ENDINGS[media_type]
    return (stem.strip(" .")[: LONGEST_NAME - len(ending)] or "attachment") + ending


def signature(secret: str, id_: str, expires: int) -> str:
    """What proves that a link to a file was given out by us, until `expires` (seconds since 1970)."""
    return hmac.digest(secret.encode(), f"attachment\n{id_}\n{expires}".encode(), "sha256").hex()


def link_query(secret: str, id_: str, now: datetime) -> str:
    """The query of a link that is good from now on for `LINK_LIFE`."""
    expires = int((now + LINK_LIFE).timestamp())
    return f"expires={expires}&signature={signature(secret, id_, expires)}"


def link_is_good(secret: str, id_: str, expires: int, signed: str, now: datetime) -> bool:
    """Whether a link was given out by us and is still good."""
    right = signature(secret, id_, expires)
    return hmac.compare_digest(right.encode(), signed.encode()) and now.timestamp() < expires
