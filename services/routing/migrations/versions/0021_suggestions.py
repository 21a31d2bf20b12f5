"""Cases to be compared, what is suggested of them, investigations, and how many households an estate has."""

from __future__ import annotations

from alembic import op

revision = "routing_0021"
down_revision = "routing_0060"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE comparisons (
        number text PRIMARY KEY REFERENCES cases,
        at timestamptz NOT NULL,
        since timestamptz NOT NULL,
        unhappy_with text
    )
    """,
    "CREATE INDEX comparisons_at ON comparisons (at, number)",
    """
    CREATE TABLE suggestions (
        number text NOT NULL REFERENCES cases,
        other text NOT NULL REFERENCES cases,
        kind text NOT NULL,
        score double precision NOT NULL,
        reasons jsonb NOT NULL,
        at timestamptz NOT NULL,
        status text NOT NULL,
        decided_by text,
        decided_at timestamptz,
        decision_reason text,
        PRIMARY KEY (number, other)
    )
    """,
    "CREATE INDEX suggestions_other ON suggestions (other)",
    "ALTER TABLE estates ADD COLUMN households integer NOT NULL DEFAULT 0",
    """
    CREATE TABLE investigations (
        number text PRIMARY KEY REFERENCES cases,
        role text NOT NULL,
        households integer NOT NULL,
        of_estate integer NOT NULL,
        started_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Add the tables; what was registered before is compared with what comes, estates are counted when they change next."""
    for statement in _STATEMENTS:
        op.execute(statement)
