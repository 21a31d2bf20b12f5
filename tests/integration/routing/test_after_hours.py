"""Outside the hours of the service centre the duty leader takes new work, and hands over what is left in the morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.storage.tables import timeline, work_orders
from services.routing.usecases.staff import COMMAND_LINE, appoint
from tests.integration.routing.conftest import Caller, Published, Rows, SetPolicy, Tell, person, registered

NUMBER = "TS-20261122-AAAAAA"
#: The tests begin on a Sunday at noon in Shanghai; the service centre opens on Monday at 08:30.
OPENS = DEFAULT_START + timedelta(hours=20, minutes=30)


@pytest.fixture
def leader(database: Database) -> str:
    """The duty security leader, always on shift."""
    with database.begin() as work:
        return appoint(work, COMMAND_LINE, person("night-leader", "security", role="head"), "zh")


@pytest.fixture
def morning(clock: ManualClock, step_of: Callable[[str], Callable[[], bool]]) -> Callable[[], None]:
    """A function that lets the service centre open."""

    def opens() -> None:
        clock.advance(seconds=(OPENS - clock.now()).total_seconds())
        while step_of("routing.hand-over")():
            pass

    return opens


def test_after_hours_new_work_goes_to_the_duty_leader_on_shift(
    tell: Tell, staff: dict[str, str], leader: str, rows: Rows
) -> None:
    """R43."""
    tell(registered(NUMBER))

    (order,) = rows(work_orders)
    assert (order["assignee"], order["department"]) == (leader, "engineering")
    assert order["hand_over_at"] == OPENS


def test_while_the_service_centre_works_the_departments_take_it(
    tell: Tell, staff: dict[str, str], leader: str, rows: Rows, clock: ManualClock
) -> None:
    clock.advance(days=1)

    tell(registered(NUMBER))

    (order,) = rows(work_orders)
    assert order["assignee"] in {staff["engineering-1"], staff["engineering-2"]}
    assert order["hand_over_at"] is None


def test_where_no_duty_leader_is_on_shift_the_departments_take_it_at_any_hour(
    tell: Tell, staff: dict[str, str], rows: Rows
) -> None:
    tell(registered(NUMBER))

    assert rows(work_orders)[0]["assignee"] in {staff["engineering-1"], staff["engineering-2"]}


def test_what_he_could_not_solve_goes_to_the_service_centre_in_the_morning_once(
    tell: Tell,
    staff: dict[str, str],
    leader: str,
    rows: Rows,
    told: Published,
    morning: Callable[[], None],
) -> None:
    """R44."""
    tell(registered(NUMBER))

    for _ in range(2):
        morning()

    (order,) = rows(work_orders)
    centre = {staff["customer_service-1"], staff["customer_service-2"]}
    assert order["department"] == "customer_service"
    assert order["assignee"] in centre
    entries = [each for each in rows(timeline) if each["entry"] == "handed_over"]
    assert [each["details"] for each in entries] == [{"from": leader, "department": "customer_service"}]
    assert [event.data["assignee"] for event in told("workorder.assigned")] == [leader, order["assignee"]]


def test_what_he_solved_or_passed_on_himself_is_not_handed_over(
    tell: Tell,
    staff: dict[str, str],
    leader: str,
    rows: Rows,
    client: FlaskClient,
    caller: Caller,
    morning: Callable[[], None],
) -> None:
    tell(registered(NUMBER), registered("TS-20261122-BBBBBB"))
    solved, passed_on = (each["id"] for each in sorted(rows(work_orders), key=lambda each: each["number"]))
    for name in ("accept", "answer", "resolve"):
        body = {"note": "已处理"}
        client.post(f"/api/routing/work-orders/{solved}/{name}", json=body, headers=caller("head", id=leader))
    body = {"reason": "电梯困人", "assignee": staff["engineering-1"]}
    client.post(
        f"/api/routing/work-orders/{passed_on}/transfer", json=body, headers=caller("head", id=leader)
    )

    morning()

    orders = {each["id"]: each for each in rows(work_orders)}
    assert (orders[solved]["status"], orders[solved]["assignee"]) == ("resolved", leader)
    assert orders[passed_on]["assignee"] == staff["engineering-1"]
    assert "handed_over" not in {each["entry"] for each in rows(timeline)}


def test_an_operator_names_other_hours_and_another_receiver(
    tell: Tell, staff: dict[str, str], leader: str, rows: Rows, set_policy: SetPolicy
) -> None:
    set_policy({"after_hours": {"department": "customer_service", "role": "handler"}})

    tell(registered(NUMBER))

    assert rows(work_orders)[0]["assignee"] in {staff["customer_service-1"], staff["customer_service-2"]}
