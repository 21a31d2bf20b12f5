"""What intake is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.settings import CommonSettings, setting

_SHORTEST_SECRET = 32


def _long_enough(secret: str) -> None:
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"must have at least {_SHORTEST_SECRET} characters")


@dataclass(frozen=True)
class IntakeSettings(CommonSettings):
    """Settings of intake; those of all services in `CommonSettings`."""

    database_url: str = setting("LINLI_INTAKE_DATABASE_URL", secret=True)
    #: From it and a complaint's number its claim code is made; codes already given out survive a change.
    claim_secret: str = setting("LINLI_INTAKE_CLAIM_SECRET", secret=True, check=_long_enough)
