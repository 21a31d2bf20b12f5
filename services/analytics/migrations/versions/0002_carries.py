"""How far a rebuild from a date on has carried over what is older."""

from __future__ import annotations

from alembic import op

revision = "analytics_0002"
down_revision = "analytics_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE carries (
            generation integer NOT NULL PRIMARY KEY,
            received_before timestamptz NOT NULL,
            after text NOT NULL
        )
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE carries")
