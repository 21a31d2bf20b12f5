"""The hash chain of each case's timeline, and a seal over all of them each day."""

from __future__ import annotations

from alembic import op

revision = "routing_0050"
down_revision = "routing_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table.

    What is there is chained by the worker, as is what the version before goes on writing while both run.
    """
    op.execute("ALTER TABLE cases ADD COLUMN chained integer NOT NULL DEFAULT 0, ADD COLUMN chain_head bytea")
    op.execute(
        "ALTER TABLE timeline ADD COLUMN text_salt bytea, ADD COLUMN text_digest bytea,"
        " ADD COLUMN position integer, ADD COLUMN digest bytea"
    )
    op.execute("CREATE UNIQUE INDEX timeline_position ON timeline (number, position)")
    op.execute("CREATE INDEX timeline_unchained ON timeline (id) WHERE position IS NULL")
    # The unique index answers what this one did.
    op.execute("DROP INDEX timeline_number")
    op.execute(
        """
        CREATE TABLE timeline_seals (
            day date NOT NULL PRIMARY KEY,
            until bigint NOT NULL,
            noted_at timestamptz NOT NULL,
            reached bigint NOT NULL,
            entries bigint NOT NULL,
            digest bytea NOT NULL,
            sealed_at timestamptz
        )
        """
    )
