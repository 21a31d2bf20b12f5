"""What analytics is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.settings import CommonSettings, setting


def _positive(number: float) -> None:
    if number <= 0:
        raise ValueError("must be greater than 0")


@dataclass(frozen=True)
class AnalyticsSettings(CommonSettings):
    """The settings of analytics. Seconds between two counts of what changed into cells, and of the figures of the exporter."""

    database_url: str = setting("LINLI_ANALYTICS_DATABASE_URL", secret=True)
    cells_seconds: float = setting("LINLI_ANALYTICS_CELLS_SECONDS", 1.0, check=_positive)
    rollup_seconds: float = setting("LINLI_ANALYTICS_ROLLUP_SECONDS", 15.0, check=_positive)
