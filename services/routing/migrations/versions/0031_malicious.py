"""Which complaints are marked as malicious."""

from __future__ import annotations

from alembic import op

revision = "routing_0031"
down_revision = "routing_0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was marked before."""
    op.execute("ALTER TABLE cases ADD COLUMN malicious boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX cases_malicious ON cases (received_at, number) WHERE malicious")
