"""Small files that several processes read while one of them writes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """The secret in `file`, for its owner's eyes only; the first of all who ask makes it."""
    if not file.exists():
        fresh = _written_beside(file, make())
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text()


def write_whole(file: Path, text: str) -> None:
    """Replace the text of a file; who reads meanwhile gets the old or the new one, never a part."""
    _written_beside(file, text).replace(file)


def _written_beside(file: Path, text: str) -> Path:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600, exist_ok=False)
    fresh.write_text(text)
    return fresh
