"""What was sealed, what is to be compared, and what is to be sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "seals",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sealed_to", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "seal_checks",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("after", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", "until"),
    )
    op.create_table(
        "resends",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("after", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("known", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "name", "until"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("resends")
    op.drop_table("seal_checks")
    op.drop_table("seals")
