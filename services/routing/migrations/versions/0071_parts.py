"""Parts of a work order that others take over (R100)."""

from __future__ import annotations

from alembic import op

revision = "routing_0071"
down_revision = "routing_0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Orders there are have no parts."""
    op.execute("ALTER TABLE work_orders ADD COLUMN parent uuid REFERENCES work_orders, ADD COLUMN task text")
    op.execute("CREATE INDEX work_orders_parent ON work_orders (parent) WHERE parent IS NOT NULL")


def downgrade() -> None:
    """Forget which order was a part of which."""
    op.execute("ALTER TABLE work_orders DROP COLUMN parent, DROP COLUMN task")
