"""What is found out about a case and written down for colleagues (R108-R110, R113), and how people are spoken to."""

from __future__ import annotations

from enum import StrEnum


class Finding(StrEnum):
    """What a note for colleagues is about."""

    INVESTIGATION = "investigation"
    WITNESS = "witness"
    SITE_VISIT = "site_visit"
    MEDIATION = "mediation"


class Way(StrEnum):
    """How a complainant said what he thinks of a proposal (R112)."""

    PHONE = "phone"
    IN_PERSON = "in_person"
    MESSAGE = "message"
    WRITTEN = "written"
