"""What routing is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.chassis.settings import CommonSettings, setting
from services.routing.rule_pack import SHIPPED


def _positive(number: int) -> None:
    if number <= 0:
        raise ValueError("must be greater than 0")


def _seconds(variable: str, default: timedelta) -> int:
    seconds: int = setting(variable, int(default.total_seconds()), check=_positive)
    return seconds


@dataclass(frozen=True)
class RoutingSettings(CommonSettings):
    """Settings of routing; those of all services in `CommonSettings`. Times are seconds."""

    database_url: str = setting("LINLI_ROUTING_DATABASE_URL", secret=True)
    #: The private keys that sign tokens; a secret of routing alone (DESIGN §6).
    signing_keys_file: Path = setting("LINLI_SIGNING_KEYS_FILE")
    #: The rule pack to classify with; the one shipped unless another folder is named.
    rules_folder: Path = setting("LINLI_RULES_FOLDER", SHIPPED)

    #: Pause before an order nobody could take is tried again.
    dispatch_retry: int = _seconds("LINLI_DISPATCH_RETRY_SECONDS", timedelta(seconds=30))
    #: Life of a refresh token.
    refresh_lifetime: int = _seconds("LINLI_REFRESH_TOKEN_SECONDS", timedelta(days=30))
    #: Tries to sign in a minute, for one username and from one address.
    sign_ins_per_username: int = setting("LINLI_SIGN_INS_PER_USERNAME", 10, check=_positive)
    sign_ins_per_address: int = setting("LINLI_SIGN_INS_PER_ADDRESS", 60, check=_positive)
