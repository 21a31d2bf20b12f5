"""Cells of estates are found by their month: a question about all estates reads those of a few months."""

from __future__ import annotations

from alembic import op

revision = "analytics_0006"
down_revision = "analytics_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.execute("CREATE INDEX estate_cells_month ON estate_cells (generation, month)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX estate_cells_month")
