"""Ed25519 key sets as JWKS: made, rotated, written and read (DESIGN §6).

A private set holds up to two keys, the newest first: it signs, and the one before stays valid until the next
rotation. Only the public set leaves the service that signs.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from services.chassis.clock import Clock
from services.chassis.errors import Unavailable
from services.chassis.ids import new_id

#: Keys valid at once; more would only lengthen the life of a key that was to be replaced.
KEYS_AT_ONCE = 2

#: Seconds between two looks at the key file, so a rotation is noticed everywhere soon and no request waits for it.
RELOAD_AFTER_SECONDS = 5.0


def new_key_set() -> KeySet:
    """Return a private set of one new key."""
    return KeySet([_new_key()])


def rotate(keys: KeySet) -> KeySet:
    """Return the private set with a new key in front; the oldest goes once there would be three."""
    return KeySet([_new_key(), *keys.keys][:KEYS_AT_ONCE])


def signing_key(keys: KeySet) -> OKPKey:
    """Return the key that signs now. ``ValueError`` if the set cannot sign."""
    newest = keys.keys[0] if keys.keys else None
    if not isinstance(newest, OKPKey) or not newest.is_private:
        raise ValueError("the key set holds no private Ed25519 key to sign with")
    return newest


def public(keys: KeySet) -> KeySet:
    """Return the same set without its private parts."""
    return KeySet.import_key_set(keys.as_dict(private=False))


def write_key_set(path: Path, keys: KeySet) -> None:
    """Write the set as it is to ``path``, readable by the owner alone, in one step."""
    private = any(key.is_private for key in keys.keys)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keys.as_dict(private=private), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_key_set(path: Path) -> KeySet:
    """Read a set; ``OSError`` or ``ValueError`` if there is none."""
    try:
        keys = KeySet.import_key_set(json.loads(path.read_text(encoding="utf-8")))
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no JWKS") from error
    if not keys.keys:
        raise ValueError(f"{path} holds no key")
    return keys


class JwksFile:
    """The mounted file of public keys, read again when it changed."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._keys: KeySet | None = None
        self._stamp: tuple[int, int] | None = None
        self._looked_at = 0.0

    def current(self) -> KeySet:
        """Return the keys valid now. ``Unavailable`` while the file was never readable."""
        now = self._clock.monotonic()
        if self._keys is None or now - self._looked_at >= RELOAD_AFTER_SECONDS:
            self._looked_at = now
            self._reload()
        if self._keys is None:
            raise Unavailable("keys_unavailable")
        return self._keys

    def _reload(self) -> None:
        # While a mount is being swapped the file may be missing or torn: the keys known so far hold on.
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._keys = read_key_set(self._path)
                self._stamp = stamp
        except (OSError, ValueError):
            return


def _new_key() -> OKPKey:
    return OKPKey.generate_key(
        "Ed25519", parameters={"kid": new_id(), "use": "sig", "alg": "Ed25519"}, private=True
    )
