"""The database of notification, as the tests of its parts have it."""

from __future__ import annotations

import pytest

from services.chassis.clock import Clock, SystemClock
from tests.integration.notification.conftest import database, handlers, tell

__all__ = ["database", "handlers", "tell"]


@pytest.fixture
def clock() -> Clock:
    """The one that the senders go by."""
    return SystemClock()
