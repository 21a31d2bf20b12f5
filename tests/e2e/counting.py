"""What became of many complaints of one estate, counted in each service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from services.chassis.testing import eventually
from tests.e2e.cases import kpis
from tests.e2e.client import Client, People
from tests.e2e.group import SOUTH
from tests.e2e.installation import Installation

_PAGE = 100
_SETTLED_SECONDS = 60.0


def everything(client: Client, path: str, **query: Any) -> Iterator[Any]:
    """All items of a list that does not grow."""
    page = 1
    while True:
        answer = client.get(path, page=page, page_size=_PAGE, **query)
        yield from answer["items"]
        if page * _PAGE >= answer["total"]:
            return
        page += 1


def accepted(people: People, estate: str) -> list[str]:
    """The numbers of the complaints that intake has."""
    return [each["number"] for each in everything(people["group"], "/api/intake/complaints", estate=estate)]


def classified(people: People, estate: str) -> list[Any]:
    """The cases that routing has."""
    return list(everything(people["group"], "/api/routing/complaints", estate=estate))


def received(people: People, estate: str) -> int:
    """How many complaints of an estate the KPIs count."""
    return int(kpis(people, SOUTH).get(estate, {"received": 0})["received"])


def settled(installation: Installation, estate: str) -> list[str]:
    """Wait until every complaint that intake has of an estate is everywhere, once, and return their numbers.

    Once means: one case with its rule, one open work order with its person, one count of the KPIs; and nothing waits or was
    given up. Raises AssertionError.
    """
    people = installation.people
    numbers = accepted(people, estate)
    eventually(
        lambda: _count(people, "/api/routing/work-orders", estate, "assigned") == len(numbers),
        _SETTLED_SECONDS,
        0.2,
    )
    eventually(lambda: received(people, estate) == len(numbers), _SETTLED_SECONDS, 0.2)
    cases = classified(people, estate)
    orders = everything(people["group"], "/api/routing/work-orders", estate=estate)
    assert Counter(each["number"] for each in cases) == Counter(numbers)
    assert all(each["category_rule"] for each in cases)
    assert Counter(each["number"] for each in orders) == Counter(numbers)
    eventually(lambda: installation.metric("linli_outbox_pending") == 0, _SETTLED_SECONDS, 0.5)
    assert installation.metric("linli_dead_letters") == 0
    return numbers


def _count(people: People, path: str, estate: str, status: str) -> int:
    return int(people["group"].get(path, estate=estate, status=status, page_size=1)["total"])
