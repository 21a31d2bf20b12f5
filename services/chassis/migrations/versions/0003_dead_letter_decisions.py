"""What people decided about dead letters."""

from __future__ import annotations

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
