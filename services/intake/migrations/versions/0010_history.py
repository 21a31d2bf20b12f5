"""Complaints taken over from other systems' records: which rows are here, and how far each file is."""

from __future__ import annotations

from alembic import op

revision = "intake_0010"
down_revision = "intake_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.execute(
        """
        CREATE TABLE history_sources (
            mapping text NOT NULL,
            id text NOT NULL,
            number text NOT NULL,
            digest bytea NOT NULL,
            PRIMARY KEY (mapping, id)
        );
        CREATE TABLE history_runs (
            run text PRIMARY KEY,
            mapping text NOT NULL,
            file text NOT NULL,
            position bigint NOT NULL,
            taken bigint NOT NULL,
            known bigint NOT NULL,
            rejected bigint NOT NULL
        );
        CREATE TABLE history_rejects (
            run text NOT NULL REFERENCES history_runs (run),
            line bigint NOT NULL,
            id text,
            reason text NOT NULL,
            "column" text,
            value text,
            PRIMARY KEY (run, line)
        );
        """
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE history_rejects, history_runs, history_sources")
