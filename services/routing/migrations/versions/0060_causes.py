"""What was at the root of a complaint."""

from __future__ import annotations

from alembic import op

revision = "routing_0060"
down_revision = "routing_0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; orders resolved before name no cause."""
    op.execute("ALTER TABLE work_orders ADD COLUMN cause text")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE work_orders DROP COLUMN cause")
