"""Sent events leave the outbox for an archive that is partitioned by month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the archive with the partition that takes what has no other, and rid the outbox of what it needs no more."""
    op.create_table(
        "archive",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "recorded_at"),
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.create_index("archive_references", "archive", ["subject"], postgresql_where=sa.text("body IS NULL"))
    op.execute("CREATE TABLE archive_default PARTITION OF archive DEFAULT")
    op.create_table(
        "archive_drops",
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("until"),
    )
    op.create_table(
        "inbox_horizons",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "generation"),
    )
    op.add_column("replays", sa.Column("archive_from", sa.DateTime(timezone=True), nullable=True))

    op.drop_index("outbox_archive", "outbox")
    op.drop_index("outbox_stream", "outbox")
    op.drop_index("outbox_unsent", "outbox")
    op.drop_column("outbox", "sent_at")
    # Every row is deleted soon, and a look for the oldest passes what is dead until it is cleared away.
    op.execute(
        "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
        " autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0,"
        " autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000)"
    )
