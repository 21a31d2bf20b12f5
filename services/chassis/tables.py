"""All tables of the chassis on one MetaData: importing this module defines them."""

from __future__ import annotations

from services.chassis import (
    archive,
    dead_letter_decisions,
    dead_letters,
    generations,
    inbox,
    outbox,
    replay,
    retries,
)
from services.chassis.auth import tables as auth_tables
from services.chassis.http import tables as http_tables
from services.chassis.metadata import metadata

__all__ = [
    "archive",
    "auth_tables",
    "dead_letter_decisions",
    "dead_letters",
    "generations",
    "http_tables",
    "inbox",
    "metadata",
    "outbox",
    "replay",
    "retries",
]
