"""How a message is tried again."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.deliveries import LONGEST_PAUSE, pause_after, provider_key


def test_pauses_triple_up_to_an_hour() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 9)]

    assert [int(pause.total_seconds()) for pause in pauses] == [5, 15, 45, 135, 405, 1215, 3600, 3600]


@given(st.integers(1, 10_000))
def test_a_pause_never_shrinks_nor_exceeds_the_longest(attempts: int) -> None:
    assert timedelta(0) < pause_after(attempts) <= pause_after(attempts + 1) <= LONGEST_PAUSE


def test_the_key_of_a_delivery_depends_on_its_id_alone() -> None:
    assert provider_key("0199") == provider_key("0199") == "linli-0199"
