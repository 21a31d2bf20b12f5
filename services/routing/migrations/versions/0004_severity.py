"""Severity of cases, and the facts behind it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "routing_0004"
down_revision = "routing_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and table. Of cases made before nothing is known that would make them graver."""
    op.add_column("cases", sa.Column("severity", sa.Text(), server_default="minor", nullable=False))
    op.add_column("cases", sa.Column("severity_rule", sa.Text(), server_default="none", nullable=False))
    op.create_table(
        "case_facts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("case_facts_number", "case_facts", ["number", "id"], unique=False)
