"""A run: the events of one type whose ids lie in one range, and what can be said of them in few words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

#: Events of one run at most: what lacks in it is told and sent again in one message and one round of confirms.
RUN = 500


def digest(ids: Iterable[str]) -> str:
    """SHA-256 of a set of ids in their canonical text form, in hexadecimal digits. Their order does not matter."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def cut(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids in their order, cut into runs."""
    for start in range(0, len(ids), RUN):
        yield ids[start : start + RUN]
