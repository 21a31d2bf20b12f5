"""Where sent events go."""

from __future__ import annotations

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
