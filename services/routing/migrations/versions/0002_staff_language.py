"""The language of staff is kept, so that `contact.recorded` can be said again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "routing_0002"
down_revision = "routing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("staff", sa.Column("language", sa.Text(), server_default="zh", nullable=False))
