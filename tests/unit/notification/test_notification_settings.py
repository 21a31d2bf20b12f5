"""What notification is told by its environment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chassis.settings import SettingsError, load
from services.notification.settings import NotificationSettings

NEEDED = {
    "LINLI_NOTIFICATION_DATABASE_URL": "postgresql+psycopg://linli@127.0.0.1/notification",
    "LINLI_JWKS_FILE": "/run/linli/jwks.json",
}


def test_three_calls_two_hours_apart_unless_told_otherwise() -> None:
    policy = load(NotificationSettings, NEEDED).callback_policy

    assert (policy.max_attempts, policy.pause, policy.claim) == (3, timedelta(hours=2), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LINLI_PROGRESS_URL", "https://linli.example/{complaint}"),
        ("LINLI_MESSAGE_PROVIDER", "pigeon"),
        ("LINLI_PROVIDER_TIMEOUT_SECONDS", "60"),
        ("LINLI_CALLBACK_ATTEMPTS", "0"),
    ],
)
def test_what_cannot_work_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load(NotificationSettings, {**NEEDED, variable: value})
