"""Files of complaints: their names and the links to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.attachments import (
    ENDINGS,
    LINK_LIFE,
    LONGEST_NAME,
    label,
    link_is_good,
    link_query,
)

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
SECRET = "s" * 32


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("电梯.JPG", "电梯.jpg"),
        ("lift.jpg.exe", "lift.jpg.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        (r"C:\photos\lift.jpeg", "lift.jpg"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie x.jpg"),
        ("photo\u202egnp.exe", "photognp.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("", "attachment.jpg"),
        (None, "attachment.jpg"),
        ("///", "attachment.jpg"),
    ],
)
def test_a_file_is_called_by_the_last_part_of_its_name_and_what_it_is(sent: str | None, kept: str) -> None:
    assert label(sent, "image/jpeg") == kept


@given(st.text(), st.sampled_from(sorted(ENDINGS)))
def test_no_name_leads_anywhere_or_is_too_long(sent: str, media_type: str) -> None:
    name = label(sent, media_type)

    assert name.endswith(ENDINGS[media_type])
    assert len(name) <= LONGEST_NAME
    assert not set(name) & set('/\\:*?"<>|\r\n\x00')
    assert not name.startswith(".")


def test_a_link_is_good_for_its_file_and_its_time_alone() -> None:
    query = parse_qs(link_query(SECRET, "one", NOW))
    expires, signed = int(query["expires"][0]), query["signature"][0]

    assert link_is_good(SECRET, "one", expires, signed, NOW)
    assert link_is_good(SECRET, "one", expires, signed, NOW + LINK_LIFE - timedelta(seconds=1))
    assert not link_is_good(SECRET, "one", expires, signed, NOW + LINK_LIFE)
    assert not link_is_good(SECRET, "one", expires + 1, signed, NOW)
    assert not link_is_good(SECRET, "other", expires, signed, NOW)
    assert not link_is_good("t" * 32, "one", expires, signed, NOW)
    assert not link_is_good(SECRET, "one", expires, "签" * 64, NOW)
