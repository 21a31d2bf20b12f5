"""The small service, new for each test."""

from __future__ import annotations

import pytest

from tests.unit.chassis.http.parcels import Parcels, make_parcels


@pytest.fixture
def parcels() -> Parcels:
    """A small service with one public, one signed-in and one role's route."""
    return make_parcels()
