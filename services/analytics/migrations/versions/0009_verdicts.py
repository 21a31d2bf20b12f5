"""Whether complaints were found valid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "analytics_0009"
down_revision = "analytics_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; who was never verified has none."""
    op.add_column("facts", sa.Column("verified_version", sa.BigInteger(), nullable=True))
    op.add_column("facts", sa.Column("verdict", sa.Text(), nullable=True))
