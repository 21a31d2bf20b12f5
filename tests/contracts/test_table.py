"""The table of events: everything about topology follows from it, so it must be whole (DESIGN §2, §5)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from services.chassis.platform_events import PLATFORM_EVENTS, STREAM_MISSING, STREAM_SEALED
from services.contracts.catalogue import CATALOGUE
from services.contracts.table import SERVICES, TABLE, EventType

#: Every service tells every other of its streams, and leaves aside what it said itself.
ABOUT_STREAMS = {STREAM_SEALED, STREAM_MISSING}
ROOT = Path(__file__).parents[2] / "services"


@pytest.mark.parametrize("event", TABLE, ids=lambda event: event.name)
def test_an_event_has_a_publisher_and_a_consumer_and_a_documented_schema(event: EventType) -> None:
    assert event.publishers
    assert event.consumers
    assert set(event.publishers) | set(event.consumers) <= set(SERVICES)
    own = set(event.publishers) & set(event.consumers)
    assert not own or event.name in ABOUT_STREAMS, "a service does not consume its own event"
    assert (event.schema.__doc__ or "").strip()


def test_names_are_unique_and_can_be_routing_keys() -> None:
    names = [event.name for event in TABLE]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(\.[a-z_]+)+", name) for name in names)


def test_contact_data_is_read_by_notification_alone() -> None:
    """DESIGN §2.8: names, telephone numbers and addresses travel in one event, which one service may read."""
    personal = {"name", "phone", "email", "address"}
    carriers = {
        event.name
        for event in TABLE
        if personal & set(event.schema().fields) and "code" not in event.schema().fields
    }
    assert carriers == {"contact.recorded"}
    assert [event.consumers for event in TABLE if event.name.startswith("contact.")] == [
        ("notification",)
    ] * 2


@pytest.mark.parametrize("service", SERVICES)
def test_every_consumed_event_has_a_handler(service: str) -> None:
    source = (ROOT / service / "handlers.py").read_text(encoding="utf-8")
    keys = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    consumed = CATALOGUE.consumed_by(service) - PLATFORM_EVENTS
    assert consumed <= keys, consumed - keys


@pytest.mark.parametrize("service", SERVICES)
def test_every_published_event_is_recorded_somewhere(service: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / service).rglob("*.py")]
    mine = CATALOGUE.published_by(service) - PLATFORM_EVENTS
    unheard = {name for name in mine if not any(f'"{name}"' in source for source in sources)}
    assert unheard == set()
