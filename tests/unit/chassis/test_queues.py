"""What the management interface says of queues."""

from __future__ import annotations

from typing import Any

from services.chassis.queues import Queue, rabbit_queues
from services.chassis.topology import Management


class Told(Management):
    """A management interface that has this to say."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.asked: list[str] = []
        self._rows = rows

    def get(self, path: str) -> Any:
        """The rows."""
        self.asked.append(path)
        return self._rows


def test_messages_and_consumers_are_told_of_the_queues_that_are_there() -> None:
    counted = {"name": "a", "messages_ready": 3, "messages_unacknowledged": 2, "consumers": 1}
    just_declared = {"name": "b"}
    management = Told([just_declared, counted, {"name": "other"}])

    found = rabbit_queues(management, "a/b", ["a", "b", "missing"])

    assert found == [Queue("a", 3, 2, 1), Queue("b", 0, 0, 0)]
    assert management.asked == ["/api/queues/a%2Fb"]
