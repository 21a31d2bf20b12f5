"""What is derived of cases refers to them without a constraint.

Cases are never deleted, and what is written here is read from them by the same statement: to look once more whether each is
there, and to lock it for that, was a third of what a registration cost the database.
"""

from __future__ import annotations

from alembic import op

revision = "routing_0070"
down_revision = "routing_0010"
branch_labels = None
depends_on = None

_CONSTRAINTS = (
    ("repeats", "number"),
    ("repeats", "earlier"),
    ("comparisons", "number"),
    ("suggestions", "number"),
    ("suggestions", "other"),
)


def upgrade() -> None:
    """Drop the constraints."""
    for table, column in _CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fkey")


def downgrade() -> None:
    """Add them again."""
    for table, column in _CONSTRAINTS:
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fkey FOREIGN KEY ({column}) REFERENCES cases (number)"
        )
