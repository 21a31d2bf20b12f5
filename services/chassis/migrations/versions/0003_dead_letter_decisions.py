"""What people decided about dead letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give dead letters a status; keep who replayed or discarded one, when and why."""
    op.alter_column("dead_letters", "body", nullable=True)
    op.add_column(
        "dead_letters", sa.Column("replay", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("dead_letters", sa.Column("status", sa.Text(), server_default="open", nullable=False))
    op.create_index("dead_letters_status", "dead_letters", ["consumer", "status", "last_at"], unique=False)
    op.create_table(
        "dead_letter_decisions",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("letter", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("dead_letter_decisions_letter", "dead_letter_decisions", ["letter", "at"], unique=False)


def downgrade() -> None:
    """Undo it; letters whose body is gone go with it."""
    op.drop_table("dead_letter_decisions")
    op.drop_index("dead_letters_status", "dead_letters")
    op.drop_column("dead_letters", "status")
    op.drop_column("dead_letters", "replay")
    op.execute("DELETE FROM dead_letters WHERE body IS NULL")
    op.alter_column("dead_letters", "body", nullable=False)
