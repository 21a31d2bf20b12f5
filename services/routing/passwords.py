"""Passwords: argon2id hashes, and a check that takes as long for somebody who does not exist."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

#: Characters of the shortest password.
SHORTEST = 8


class Passwords:
    """Hashes and checks with one set of costs; make one per process, making it costs a hash."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """The argon2id hash, with its costs and salt."""
        return self._hasher.hash(password)

    def matches(self, known: str | None, password: str) -> bool:
        """Whether `password` is the one of this hash; without a hash it takes the same time and is not."""
        try:
            self._hasher.verify(known or self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return known is not None
