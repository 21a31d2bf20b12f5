"""Which complaint repeats an earlier one (R190): a table of cases for the definition of DESIGN §6."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.analytics.domain import Window
from services.chassis.events import Event
from tests.integration.analytics.conftest import Kpis
from tests.integration.analytics.lives import Case, after, complaint, estate

Tell = Callable[..., None]

#: A household, where it does not matter which.
H = {"household_id": "h1"}


@pytest.mark.parametrize(
    ("earlier", "later", "repeats"),
    [
        pytest.param(complaint("TS-1", 0, **H), complaint("TS-2", 1, **H), 1, id="same household"),
        pytest.param(
            complaint("TS-1", 0, **H), complaint("TS-2", 30, **H), 1, id="after 30 days to the second"
        ),
        pytest.param(
            complaint("TS-1", 0, **H), complaint("TS-2", 30.0001, **H), 0, id="after more than 30 days"
        ),
        pytest.param(complaint("TS-1", 0, **H), complaint("TS-2", 0, **H), 1, id="at the same instant"),
        pytest.param(
            complaint("TS-1", 0, **H), complaint("TS-2", 1, household_id="h2"), 0, id="another household"
        ),
        pytest.param(
            complaint("TS-1", 0, **H), complaint("TS-2", 1, category="service", **H), 0, id="another category"
        ),
        pytest.param(
            complaint("TS-1", 0, category=None, **H),
            complaint("TS-2", 1, category=None, **H),
            0,
            id="not classified yet",
        ),
        pytest.param(
            complaint("TS-1", 0, location="3号楼 a座"),
            complaint("TS-2", 1, location=" 3号楼  A座"),
            1,
            id="same place",
        ),
        pytest.param(
            complaint("TS-1", 0, location="3号楼"),
            complaint("TS-2", 1, location="4号楼"),
            0,
            id="another place",
        ),
        pytest.param(
            complaint("TS-1", 0, location="大堂", estate="E2"),
            complaint("TS-2", 1, location="大堂"),
            0,
            id="a place called alike in another estate",
        ),
        pytest.param(
            complaint("TS-1", 0, kind="inquiry", **H),
            complaint("TS-2", 1, **H),
            0,
            id="earlier one of another kind",
        ),
        pytest.param(
            [*complaint("TS-1", 0, **H), Case("TS-1").withdrawn()],
            complaint("TS-2", 1, **H),
            0,
            id="earlier one withdrawn",
        ),
    ],
)
def test_repeats(tell: Tell, kpis: Kpis, earlier: list[Event], later: list[Event], repeats: int) -> None:
    tell(estate(), estate("E2"), *later, *earlier)

    assert kpis()["E1"]["repeats"] == repeats


def test_an_earlier_complaint_counts_from_before_the_window(tell: Tell, kpis: Kpis) -> None:
    tell(estate(), *complaint("TS-1", 0, **H), *complaint("TS-2", 5, **H))

    row = kpis(window=Window(start=after(days=1)))["E1"]

    assert (row["received"], row["repeats"], row["repeat_ratio"]) == (1, 1, 1.0)
