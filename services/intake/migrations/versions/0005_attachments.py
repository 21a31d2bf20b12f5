"""Files that are attached to complaints."""

from __future__ import annotations

from alembic import op

revision = "intake_0005"
down_revision = "intake_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what is kept is compressed already, and stored so that a piece can be read by itself."""
    op.execute(
        """
        CREATE TABLE attachments (
            id uuid NOT NULL PRIMARY KEY,
            number text NOT NULL REFERENCES complaints (number),
            digest bytea NOT NULL,
            purpose text NOT NULL,
            name text NOT NULL,
            media_type text NOT NULL,
            size integer NOT NULL,
            by text,
            at timestamptz NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT attachments_once UNIQUE (number, digest)
        )
        """
    )
    op.execute("ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTERNAL")
