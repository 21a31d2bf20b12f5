"""Verdicts on cases, and what a second person decides."""

from __future__ import annotations

from alembic import op

revision = "routing_0030"
down_revision = "routing_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; cases made before were not verified."""
    op.execute("ALTER TABLE cases ADD COLUMN verdict text, ADD COLUMN verdict_reasons jsonb")
    op.execute(
        """
        CREATE TABLE approvals (
            id uuid NOT NULL PRIMARY KEY,
            number text NOT NULL REFERENCES cases (number),
            estate text NOT NULL,
            work_order_id uuid,
            kind text NOT NULL,
            status text NOT NULL,
            requested_by text NOT NULL,
            reason text NOT NULL,
            details jsonb NOT NULL,
            requested_at timestamptz NOT NULL,
            decided_by text,
            decision_reason text,
            decided_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX approvals_number ON approvals (number, requested_at)")
    op.execute("CREATE UNIQUE INDEX approvals_open ON approvals (number, kind) WHERE status = 'requested'")
    op.execute("CREATE INDEX approvals_waiting ON approvals (requested_at, id) WHERE status = 'requested'")
    op.execute("CREATE INDEX approvals_estate ON approvals (estate, requested_at, id)")
