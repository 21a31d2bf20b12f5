"""Schemas in and out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from services.contracts.catalogue import CATALOGUE

WITHDRAWN = {"number": "TS-20261122-ABC234", "reason": None, "at": datetime(2026, 11, 22, tzinfo=UTC)}


def test_data_comes_back_as_it_went() -> None:
    dumped = CATALOGUE.dump("complaint.withdrawn", WITHDRAWN)
    assert CATALOGUE.load("complaint.withdrawn", 1, dumped) == WITHDRAWN


def test_unknown_fields_are_ignored_so_that_publishers_may_add_some() -> None:
    dumped = CATALOGUE.dump("complaint.withdrawn", WITHDRAWN)
    assert CATALOGUE.load("complaint.withdrawn", 1, {**dumped, "colour": "red"}) == WITHDRAWN


@pytest.mark.parametrize(
    "broken",
    [
        {"number": ""},
        {"number": None},
        {"at": None},
        {"at": datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)},
    ],
)
def test_a_publisher_cannot_send_what_its_schema_forbids(broken: dict[str, object]) -> None:
    with pytest.raises((ValidationError, ValueError, AttributeError)):
        CATALOGUE.dump("complaint.withdrawn", {**WITHDRAWN, **broken})


def test_unknown_names_and_versions_are_told_apart_from_bad_data() -> None:
    with pytest.raises(LookupError, match=r"complaint\.dreamt"):
        CATALOGUE.dump("complaint.dreamt", {})
    with pytest.raises(LookupError, match="version 2"):
        CATALOGUE.load("complaint.withdrawn", 2, {})
