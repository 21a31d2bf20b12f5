"""Clocks that run more than once, on calendars, with pauses and levels of escalation; hand-over after hours.

The key of a clock grows by `occurrence`. The version before knows the first one alone and goes on with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "routing_0010"
down_revision = "routing_0050"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add columns, and the tables of pauses, calendars, escalations and observers."""
    op.add_column("clocks", sa.Column("occurrence", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "clocks", sa.Column("calendar", sa.Text(), server_default="around_the_clock", nullable=False)
    )
    op.add_column("clocks", sa.Column("regime", sa.Text(), server_default="", nullable=False))
    op.add_column("clocks", sa.Column("level", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("clocks", _instant("escalate_at"))
    op.drop_constraint("clocks_pkey", "clocks")
    op.create_primary_key("clocks_pkey", "clocks", ["number", "name", "occurrence"])
    op.create_index(
        "clocks_escalate", "clocks", ["escalate_at"], postgresql_where=sa.text("escalate_at IS NOT NULL")
    )
    op.add_column("work_orders", _instant("hand_over_at"))
    op.create_index(
        "work_orders_hand_over",
        "work_orders",
        ["hand_over_at", "id"],
        postgresql_where=sa.text("hand_over_at IS NOT NULL"),
    )
    op.create_table(
        "pauses",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        _instant("paused_at", nullable=False),
        _instant("until", nullable=False),
        _instant("resumed_at"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number", "clock", "occurrence"], ["clocks.number", "clocks.name", "clocks.occurrence"]
        ),
        sa.PrimaryKeyConstraint("number", "clock", "occurrence", "paused_at"),
    )
    op.create_table(
        "calendars",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "escalations",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        _instant("due_at", nullable=False),
        _instant("at", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("receivers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("number", "clock", "occurrence", "level"),
    )
    op.create_table(
        "observers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        _instant("added_at", nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"]),
        sa.PrimaryKeyConstraint("number", "staff_id"),
    )
