"""What notification is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.chassis.settings import CommonSettings, setting
from services.notification.domain.callbacks import Policy


def _positive(number: float) -> None:
    if number <= 0:
        raise ValueError("must be greater than 0")


def _provider(name: str) -> None:
    if name != "log":
        raise ValueError("must be log")


def _call_seconds(seconds: float) -> None:
    if not 0 < seconds <= 20:
        raise ValueError("must be greater than 0 and at most 20, as a loop must turn within 30 s")


def _progress_url(url: str) -> None:
    try:
        url.format(number="TS")
    except (LookupError, ValueError) as error:
        raise ValueError("may have {number} in it and no other braces") from error


@dataclass(frozen=True)
class NotificationSettings(CommonSettings):
    """Providers, attempts and callbacks. Times are in the unit of the variable's name."""

    database_url: str = setting("LINLI_NOTIFICATION_DATABASE_URL", secret=True)
    progress_url: str = setting(
        "LINLI_PROGRESS_URL", "http://127.0.0.1:8080/api/intake/complaints/{number}", check=_progress_url
    )
    provider: str = setting("LINLI_MESSAGE_PROVIDER", "log", check=_provider)
    provider_seconds: float = setting("LINLI_PROVIDER_TIMEOUT_SECONDS", 10.0, check=_call_seconds)
    message_attempts: int = setting("LINLI_MESSAGE_ATTEMPTS", 10, check=_positive)
    senders: int = setting("LINLI_MESSAGE_SENDERS", 2, check=_positive)
    callback_attempts: int = setting("LINLI_CALLBACK_ATTEMPTS", 3, check=_positive)
    callback_pause_minutes: float = setting("LINLI_CALLBACK_PAUSE_MINUTES", 120.0, check=_positive)
    callback_claim_minutes: float = setting("LINLI_CALLBACK_CLAIM_MINUTES", 15.0, check=_positive)

    @property
    def callback_policy(self) -> Policy:
        """How residents are called back."""
        return Policy(
            max_attempts=self.callback_attempts,
            pause=timedelta(minutes=self.callback_pause_minutes),
            claim=timedelta(minutes=self.callback_claim_minutes),
        )
