"""Severity of each complaint, and the department and person that handle it."""

from __future__ import annotations

from alembic import op

revision = "analytics_0003"
down_revision = "analytics_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; facts told before have none until they are rebuilt."""
    op.execute(
        """
        ALTER TABLE facts
            ADD COLUMN severity text,
            ADD COLUMN assigned_version bigint,
            ADD COLUMN department text,
            ADD COLUMN assignee text
        """
    )


def downgrade() -> None:
    """Drop them."""
    op.execute(
        """
        ALTER TABLE facts
            DROP COLUMN severity,
            DROP COLUMN assigned_version,
            DROP COLUMN department,
            DROP COLUMN assignee
        """
    )
