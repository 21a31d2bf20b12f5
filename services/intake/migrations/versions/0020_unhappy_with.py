"""The earlier complaint that a complainant is unhappy with (R69)."""

from __future__ import annotations

from alembic import op

revision = "intake_0020"
down_revision = "intake_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; complaints made before name none."""
    op.execute("ALTER TABLE complaints ADD COLUMN unhappy_with text")
