"""All tables of the chassis on one MetaData: importing this module defines them."""

from __future__ import annotations

from services.chassis import (
    archive,
    archive_months,
    dead_letter_decisions,
    dead_letters,
    generations,
    horizons,
    inbox,
    outbox,
    replay,
    retries,
)
from services.chassis.auth import tables as auth_tables
from services.chassis.http import tables as http_tables
from services.chassis.metadata import metadata
from services.chassis.seals import checking, resending, sealing

__all__ = [
    "archive",
    "archive_months",
    "auth_tables",
    "checking",
    "dead_letter_decisions",
    "dead_letters",
    "generations",
    "horizons",
    "http_tables",
    "inbox",
    "metadata",
    "outbox",
    "replay",
    "resending",
    "retries",
    "sealing",
]
