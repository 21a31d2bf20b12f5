"""The hash chain of a case: each entry of its timeline carries a digest of itself and of all before it.

So an entry that was changed, taken out, put in or moved no longer fits the one before, and one that was cut off at the end
no longer fits the newest digest, which the case has. A text is in the chain by a salted digest of its own: if it is erased,
the chain holds, and nobody can guess from the digest what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

#: Stands before the first entry of a case, and before the first seal.
START: Final = b""


class Fault(StrEnum):
    """What is wrong at a position of a chain."""

    #: There is no entry at the position, or not the one that was.
    MISSING = "missing"
    #: Another entry is there than the position before leads to.
    CHANGED = "changed"
    #: The entry is the one that was written, but for its text.
    TEXT = "text"
    #: There are two entries at the position.
    DOUBLE = "double"
    #: The entries do not end with the one that the case names as its newest.
    END = "end"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is found. `details` are canonical JSON; `text_digest` is None where there never was a text."""

    position: int
    digest: bytes
    number: str
    at: datetime
    name: str
    by: str | None
    work_order_id: str | None
    details: bytes
    text: str | None
    text_salt: bytes | None
    text_digest: bytes | None

    @property
    def erased(self) -> bool:
        """Whether it had a text that was erased."""
        return self.text is None and self.text_salt is None and self.text_digest is not None


@dataclass(frozen=True, slots=True)
class Found:
    """A fault at a position, what should be there and what is: digests in hexadecimal digits, or counts."""

    position: int
    fault: Fault
    expected: str
    found: str


def text_digest(text: str, salt: bytes) -> bytes:
    """What the chain holds of a text."""
    return sha256(salt + text.encode()).digest()


def content_digest(
    number: str,
    at: datetime,
    name: str,
    by: str | None,
    work_order_id: str | None,
    details: bytes,
    text: bytes | None,
) -> bytes:
    """The digest of what an entry says; `text` is the digest of its text."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    words = (each if each is None else each.encode() for each in (number, moment, name, by, work_order_id))
    return sha256(b"".join(_framed(part) for part in (*words, details, text))).digest()


def linked(before: bytes, content: bytes) -> bytes:
    """The digest of an entry: of the one before it and of its own content."""
    return sha256(before + content).digest()


def sealed(before: bytes, id_: int, digest: bytes) -> bytes:
    """The digest over all entries up to one, over every case, from the digest up to the one before it."""
    return sha256(before + id_.to_bytes(8, "big") + digest).digest()


def faults(entries: Iterable[Entry], chained: int, head: bytes) -> Iterator[Found]:
    """What is wrong with the chain of a case; `entries` by position, `chained` and `head` as the case has them.

    After a fault it goes on from the digest that is found, so that each is told once and where it is.
    """
    position, before = 0, START
    for entry in entries:
        if entry.position == position:
            yield Found(position, Fault.DOUBLE, before.hex(), entry.digest.hex())
            continue
        position += 1
        if entry.position != position:
            yield Found(position, Fault.MISSING, str(position), str(entry.position))
            position = entry.position
        expected = linked(before, _content(entry))
        if expected != entry.digest:
            yield Found(position, Fault.CHANGED, expected.hex(), entry.digest.hex())
        elif _another_text(entry):
            yield Found(position, Fault.TEXT, (entry.text_digest or b"").hex(), _digest_of_text(entry).hex())
        before = entry.digest
    if position < chained:
        yield Found(position + 1, Fault.MISSING, str(chained), str(position))
    elif (position, before) != (chained, head):
        yield Found(position, Fault.END, head.hex(), before.hex())


def _content(entry: Entry) -> bytes:
    return content_digest(
        entry.number,
        entry.at,
        entry.name,
        entry.by,
        entry.work_order_id,
        entry.details,
        entry.text_digest,
    )


def _another_text(entry: Entry) -> bool:
    return not entry.erased and _digest_of_text(entry) != (entry.text_digest or b"")


def _digest_of_text(entry: Entry) -> bytes:
    return b"" if entry.text is None else text_digest(entry.text, entry.text_salt or b"")


def _framed(part: bytes | None) -> bytes:
    """With its length before it, so that no two rows of parts look alike."""
    return b"-," if part is None else b"%d:%b," % (len(part), part)
