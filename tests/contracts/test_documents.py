"""What is derived from the table is current: `make docs` writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.contracts.table import TABLE
from services.documents import rendered

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", rendered().keys())
def test_the_derived_document_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == rendered()[name], "run `make docs`"


def test_asyncapi_tells_of_every_event_with_its_schema() -> None:
    document = yaml.safe_load(rendered()["asyncapi.yaml"])
    assert set(document["channels"]) == {event.name for event in TABLE}
    registered = document["components"]["schemas"]["complaint.registered.v1"]["properties"]["data"]
    assert {"number", "estate", "text", "received_at"} <= set(registered["required"])
