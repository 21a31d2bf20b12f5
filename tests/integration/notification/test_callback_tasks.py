"""Callback tasks as events open and cancel them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.testing import eventually
from services.chassis.testing.services import published
from services.notification.storage.tables import callbacks, cases
from tests.integration.notification.conftest import Rows, Tell, waiting_for_locks
from tests.integration.notification.stories import (
    NUMBER,
    closed,
    contact,
    erased,
    estate,
    known,
    registered,
    reopened,
    resolved,
)


def test_a_resolution_opens_a_task_that_is_due_at_once(tell: Tell, rows: Rows, database: Database) -> None:
    tell(*known(), resolved())

    [task] = rows(callbacks)
    assert (task["status"], task["round"], task["attempts"]) == ("open", 1, 0)
    assert task["due_at"] == database.clock.now()
    assert "电梯已修复" in task["script"]
    assert published(database) == []


@pytest.mark.parametrize("end", [closed, reopened])
@pytest.mark.parametrize("ended_first", [True, False])
def test_a_closed_or_reopened_complaint_is_not_called_about_in_either_order(
    tell: Tell, rows: Rows, end: Callable[..., Any], ended_first: bool
) -> None:
    tell(*known())
    events = [resolved(version=5), end(version=6)]

    for event in reversed(events) if ended_first else events:
        tell(event)

    assert [task["status"] for task in rows(callbacks)] == ["cancelled"]


def test_the_next_round_has_a_task_of_its_own(tell: Tell, rows: Rows) -> None:
    tell(*known())

    tell(resolved(version=9, round=2))
    tell(reopened(version=6))
    tell(resolved(version=5, round=1))

    assert {task["round"]: task["status"] for task in rows(callbacks)} == {1: "cancelled", 2: "open"}


@pytest.mark.parametrize(
    "events",
    [
        [contact(phone=None), registered()],
        [contact(), registered(anonymous=True)],
        [contact(version=1), erased(version=2), registered()],
        [registered(party_id=None)],
    ],
    ids=["no telephone", "anonymous", "erased", "nobody named"],
)
def test_where_there_is_nobody_to_call_the_callback_ends_at_once(
    tell: Tell, database: Database, rows: Rows, events: list[Any]
) -> None:
    resolution = resolved()
    tell(estate(), *events)
    tell(resolution)

    [event] = published(database, "callback.completed")
    assert event.subject == NUMBER
    assert event.causation_id == resolution.id
    assert event.estate == "jinxiu"
    assert event.data["outcome"] == "unreached"
    assert (event.data["attempts"], event.data["round"], event.data["by"]) == (0, 1, None)
    assert [task["status"] for task in rows(callbacks)] == ["completed"]


def test_nobody_to_call_about_a_complaint_that_is_closed_already_tells_nothing(
    tell: Tell, database: Database
) -> None:
    tell(estate(), registered(party_id=None), closed(version=6))

    tell(resolved(version=5))

    assert published(database) == []


@pytest.mark.parametrize("order", [(resolved, closed), (closed, resolved)], ids=["resolved", "closed"])
def test_resolution_and_closing_handled_by_two_workers_at_once_leave_no_open_task(
    tell: Tell, rows: Rows, database: Database, order: tuple[Callable[..., Any], ...]
) -> None:
    tell(*known())
    threads = [threading.Thread(target=tell, args=(make(),)) for make in order]

    with database.begin() as work:
        work.connection.execute(select(cases).with_for_update())
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            eventually(lambda waiting=waiting: waiting_for_locks(database) == waiting)
    for thread in threads:
        thread.join()

    assert [task["status"] for task in rows(callbacks)] == ["cancelled"]
