"""What was attached to a complaint stands on the timeline of its case (R21, R110, R114)."""

from __future__ import annotations

from services.chassis.events import Event
from services.chassis.testing.clock import DEFAULT_START
from services.chassis.testing.services import make_event
from services.routing.storage.tables import timeline
from tests.integration.routing.conftest import Rows, Tell, registered

NUMBER = "TS-20261122-AAAAAA"


def attached(purpose: str, by: str | None, version: int) -> Event:
    """A file was attached."""
    data = {
        "number": NUMBER,
        "attachment": f"file-{version}",
        "purpose": purpose,
        "by": by,
        "at": DEFAULT_START,
    }
    return make_event("complaint.attached", NUMBER, data, source="intake", version=version, estate="cuihu")


def test_handlers_see_what_was_attached_by_whom_and_what_for(tell: Tell, rows: Rows) -> None:
    tell(registered(NUMBER))

    tell(attached("evidence", None, 2), attached("after", "zhang", 3))

    entries = [each for each in rows(timeline) if each["entry"] == "attached"]
    assert [(each["by"], each["details"]) for each in entries] == [
        (None, {"attachment": "file-2", "purpose": "evidence"}),
        ("zhang", {"attachment": "file-3", "purpose": "after"}),
    ]
