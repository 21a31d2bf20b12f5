"""The end of a case: everything that was under way has arrived, and the books of all services agree with the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import text

from services.chassis.testing import eventually
from services.routing.usecases.audit import Totals, broken_chains
from tests.e2e.counting import everything, received
from tests.e2e.installation import Installation
from tests.faults.journal import Journal
from tests.faults.ledger import Balance, balance
from tests.faults.residents import by_key
from tests.faults.sizes import SUITE, chosen
from tests.faults.view import View

#: Seconds for what was accepted to arrive everywhere, and for each thousand complaints more.
_PATIENCE, _PATIENCE_PER_THOUSAND = 90.0, 30.0
#: Seconds until messages that a killed sender had in hand are sent by another.
_LEASES = 150.0

_OPEN_ORDERS = (
    "SELECT count(*) FROM work_orders WHERE estate = :estate AND status = 'assigned' AND assignee IS NOT NULL"
)
_ACCEPTED = "SELECT count(*) FROM complaints WHERE estate = :estate"
#: By template: messages, complaints they are about, messages that have got so far.
_NOTICES = """
    SELECT template, count(*), count(DISTINCT number), count(*) FILTER (WHERE status = ANY(:reached))
    FROM deliveries WHERE path = :path AND template = ANY(:templates) GROUP BY template ORDER BY template
"""


def settled(
    installation: Installation, view: View, estate: str, journal: Journal, *, dead_letters: int = 0
) -> Balance:
    """Wait until every complaint of an estate is everywhere, and hold all books against each other; returns a green balance.

    Everywhere means: one case with its chain whole, one open work order with its person, one count of the KPIs; no event
    unsent, no message in a queue, and not more `dead_letters` than there were. Raises AssertionError.
    """
    people = installation.people
    accepted = view.value("intake", _ACCEPTED, estate=estate)
    patience = _PATIENCE + _PATIENCE_PER_THOUSAND * accepted / 1000
    eventually(lambda: view.value("routing", _OPEN_ORDERS, estate=estate) >= accepted, patience, 0.2)
    eventually(lambda: received(people, estate) >= accepted, patience, 0.5)
    eventually(lambda: view.unsent() == 0, patience, 0.2)
    eventually(lambda: view.queued() == 0, patience, 0.5)

    group = people["group"]
    complaints = list(everything(group, "/api/intake/complaints", estate=estate))
    result = balance(journal.attempts(), by_key(complaints))
    assert result.green, result
    numbers = Counter(each["number"] for each in complaints)
    for kept in ("complaints", "work-orders"):
        listed = everything(group, f"/api/routing/{kept}", estate=estate)
        assert Counter(each["number"] for each in listed) == numbers, kept
    assert received(people, estate) == len(complaints)
    assert list(broken_chains(lambda: view.read("routing"), Totals())) == []
    assert view.dead_letters() == dead_letters
    return result


def told(view: View, path: str, templates: Sequence[str], complaints: int) -> None:
    """Wait until each of so many complaints of an estate has one message of each template, and all are sent.

    What a killed sender had in hand goes out when its lease of a minute ends; the suite does not wait for that. Raises
    AssertionError.
    """
    reached = ["sent", "sending"] if chosen() == SUITE else ["sent"]
    wanted = [(template, complaints, complaints, complaints) for template in sorted(templates)]

    def as_wanted() -> bool:
        with view.read("notification") as connection:
            parameters = {"path": path, "templates": list(templates), "reached": reached}
            rows = connection.execute(text(_NOTICES), parameters)
            assert [tuple(row) for row in rows] == wanted
        return True

    eventually(as_wanted, _LEASES, interval=0.5)
