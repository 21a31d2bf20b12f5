"""Who is erased while he complains: whichever comes first, no word of his is left as he wrote it (DESIGN §2.8)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.exc import OperationalError

from services.chassis.database import Database
from services.chassis.sql import is_transient
from services.chassis.testing import eventually
from services.chassis.testing.services import published
from services.intake.storage import complaints as storage
from services.intake.storage.tables import complaints, parties, supplements
from services.intake.storage.tree import find_estate
from services.intake.usecases.erasure import erase
from services.intake.usecases.people import Reporter
from services.intake.usecases.register import Numbering, Statement, register
from tests.integration.chassis.locks import waits_for_a_lock

Complain = Callable[..., Any]
Rows = Callable[[Table], list[Mapping[str, Any]]]

WORDS = "电梯坏了，请打 13900139000。"

pytestmark = pytest.mark.usefixtures("homes")


@pytest.fixture
def maker(complain: Complain, rows: Rows) -> str:
    """The id of somebody who has complained before."""
    assert complain(reporter={"phone": "13800138000"}).status_code == 201
    party: str = rows(complaints)[0]["party_id"]
    return party


def forget(database: Database, party: str) -> None:
    with database.begin() as work:
        erase(work, "", party)


def complaint_of_his(database: Database, meanwhile: Callable[[], None], then: Callable[[], None]) -> None:
    """Register one; `meanwhile` is what happens when it is known who he is, `then` what does before the commit."""

    def draw() -> int:
        meanwhile()
        return secrets.randbits(64)

    statement = Statement(
        channel="web",
        kind="complaint",
        text=WORDS,
        demand=None,
        location=None,
        category=None,
        received_at=None,
        call_id=None,
        anonymous=False,
        reporter=Reporter(phone="13800138000"),
        language="zh",
    )
    with database.begin() as work:
        estate = find_estate(work.connection, "E1")
        register(work, statement, estate=estate, caller=None, numbering=Numbering(draw, "s" * 32))
        work.flush()
        then()


def test_a_complaint_whose_maker_was_erased_meanwhile_is_refused_to_be_made_again(
    database: Database, maker: str, complain: Complain, rows: Rows
) -> None:
    # When he is erased after it was found out who he is
    with pytest.raises(OperationalError) as refused:
        complaint_of_his(database, lambda: forget(database, maker), lambda: None)

    # Then
    assert is_transient(refused.value)
    assert all("13900139000" not in row["text"] for row in rows(complaints))
    assert len(published(database, "complaint.registered")) == 1

    # When it is made again
    assert complain(text=WORDS, reporter={"phone": "13800138000"}).status_code == 201

    # Then he is somebody else
    assert published(database, "complaint.registered")[-1].data["party_id"] != maker


def test_an_erasure_waits_for_the_complaint_its_person_is_making_and_masks_it(
    database: Database, maker: str, rows: Rows
) -> None:
    with ThreadPoolExecutor(1) as pool:
        erasing = []

        def erase_him() -> None:
            erasing.append(pool.submit(forget, database, maker))
            eventually(lambda: waits_for_a_lock(database))

        complaint_of_his(database, lambda: None, erase_him)
        erasing[0].result(10)

    assert [row["erased_at"] is not None for row in rows(parties) if row["id"] == maker] == [True]
    texts = [row["text"] for row in rows(complaints) if row["party_id"] == maker]
    assert len(texts) == 2
    assert all("13900139000" not in text for text in texts)


def test_an_erasure_waits_for_what_its_person_is_adding_and_masks_it(
    database: Database, maker: str, rows: Rows
) -> None:
    number = rows(complaints)[0]["number"]
    with ThreadPoolExecutor(1) as pool:
        with database.begin() as work:
            storage.claim_of(work.connection, number)
            storage.add_supplement(work.connection, number, WORDS, work.now)
            erasing = pool.submit(forget, database, maker)
            eventually(lambda: waits_for_a_lock(database))
        erasing.result(10)

    with database.read() as connection:
        assert "13900139000" not in connection.scalars(select(supplements.c.text)).one()
