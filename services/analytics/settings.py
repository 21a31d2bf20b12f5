"""What analytics is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.settings import CommonSettings, setting


def _positive(number: float) -> None:
    if number <= 0:
        raise ValueError("must be greater than 0")


@dataclass(frozen=True)
class AnalyticsSettings(CommonSettings):
    """The settings of analytics. `rollup_seconds` is how often the figures of the exporter are counted."""

    database_url: str = setting("LINLI_ANALYTICS_DATABASE_URL", secret=True)
    rollup_seconds: float = setting("LINLI_ANALYTICS_ROLLUP_SECONDS", 15.0, check=_positive)
