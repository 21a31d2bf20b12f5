"""Repeats, and links between cases."""

from __future__ import annotations

from alembic import op

revision = "routing_0020"
down_revision = "routing_0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE cases ADD COLUMN place text",
    r"UPDATE cases SET place = nullif(btrim(upper(regexp_replace(location, '\s+', ' ', 'g'))), '') "
    "WHERE location IS NOT NULL AND received_at > now() - interval '30 days'",
    "CREATE INDEX cases_household ON cases (household_id, category, received_at) WHERE household_id IS NOT NULL",
    "CREATE INDEX cases_place ON cases (estate, category, md5(place), received_at) WHERE place IS NOT NULL",
    """
    CREATE TABLE repeats (
        number text NOT NULL REFERENCES cases,
        earlier text NOT NULL REFERENCES cases,
        PRIMARY KEY (number, earlier)
    )
    """,
    "CREATE INDEX repeats_earlier ON repeats (earlier)",
    """
    CREATE TABLE case_links (
        id uuid PRIMARY KEY,
        number text NOT NULL REFERENCES cases,
        other text NOT NULL REFERENCES cases,
        kind text NOT NULL,
        by text,
        reason text,
        at timestamptz NOT NULL,
        removed_at timestamptz,
        removed_by text,
        removal_reason text,
        CONSTRAINT case_links_two CHECK (number <> other)
    )
    """,
    "CREATE UNIQUE INDEX case_links_standing ON case_links (number, kind, other) WHERE removed_at IS NULL",
    "CREATE INDEX case_links_other ON case_links (other) WHERE removed_at IS NULL",
)


def upgrade() -> None:
    """Add the tables; complaints of the last 30 days get their place, so that later ones repeat them."""
    for statement in _STATEMENTS:
        op.execute(statement)
