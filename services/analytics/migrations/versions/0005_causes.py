"""Causes, breaches of the clock of the solution, and indexes of what repeats and of what is not solved."""

from __future__ import annotations

from alembic import op

revision = "analytics_0005"
down_revision = "analytics_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and indexes."""
    op.execute("ALTER TABLE facts ADD COLUMN solve_due_at timestamptz, ADD COLUMN cause text")
    op.execute(
        """
        CREATE INDEX facts_repeating ON facts (generation, estate, received_at) WHERE repeats;
        CREATE INDEX facts_unsolved ON facts (generation, estate, received_at)
            WHERE coalesce(resolved_version, 0) <= coalesce(reopened_version, 0);
        """
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX facts_repeating, facts_unsolved")
    op.execute("ALTER TABLE facts DROP COLUMN solve_due_at, DROP COLUMN cause")
