"""How the clock of the solution stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "analytics_0008"
down_revision = "analytics_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; complaints told of before have none."""
    op.add_column("facts", sa.Column("solve_version", sa.BigInteger(), nullable=True))
    op.add_column("facts", sa.Column("solve_verdict", sa.Text(), nullable=True))
