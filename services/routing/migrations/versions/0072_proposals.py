"""Solutions proposed to complainants, and what they said to them (R111, R112)."""

from __future__ import annotations

from alembic import op

revision = "routing_0072"
down_revision = "routing_0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what was proposed before stands in answers and notes."""
    op.execute(
        """
        CREATE TABLE proposals (
            id uuid NOT NULL PRIMARY KEY,
            number text NOT NULL REFERENCES cases (number),
            work_order_id uuid NOT NULL REFERENCES work_orders (id),
            status text NOT NULL,
            result text NOT NULL,
            done_by timestamptz NOT NULL,
            commitment text NOT NULL,
            proposed_by text NOT NULL,
            proposed_at timestamptz NOT NULL,
            way text,
            answered_by text,
            answered_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX proposals_number ON proposals (number, proposed_at)")
    op.execute("CREATE UNIQUE INDEX proposals_open ON proposals (number) WHERE status = 'proposed'")


def downgrade() -> None:
    """Forget what was proposed."""
    op.execute("DROP TABLE proposals")
