"""What was sealed and what was missed."""

from __future__ import annotations

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
