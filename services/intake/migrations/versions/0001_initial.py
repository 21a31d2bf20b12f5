"""Tree, households, parties, complaints and their progress."""

from __future__ import annotations

from alembic import op

revision = "intake_0001"
down_revision = None
branch_labels = ("intake",)
depends_on = None


def upgrade() -> None:
    """Create the tables of intake."""
    op.execute(
        """
        CREATE TABLE nodes (
            code text PRIMARY KEY,
            kind text NOT NULL,
            name text NOT NULL,
            parent text,
            zone text NOT NULL,
            path text NOT NULL UNIQUE,
            announced text
        );
        CREATE INDEX nodes_subtree ON nodes (path text_pattern_ops);
        CREATE INDEX nodes_estates ON nodes (code) WHERE kind = 'estate';

        CREATE TABLE households (
            id uuid PRIMARY KEY,
            estate text NOT NULL REFERENCES nodes (code),
            unit text NOT NULL,
            occupied boolean NOT NULL,
            provisional boolean NOT NULL,
            CONSTRAINT households_unit UNIQUE (estate, unit)
        );

        CREATE TABLE parties (
            id uuid PRIMARY KEY,
            estate text NOT NULL REFERENCES nodes (code),
            identity text NOT NULL,
            name text,
            phone text,
            email text,
            language text NOT NULL,
            household_id uuid REFERENCES households (id),
            erased_at timestamptz,
            CONSTRAINT parties_identity UNIQUE (estate, identity)
        );
        CREATE INDEX parties_household ON parties (household_id);

        CREATE TABLE complaints (
            number text PRIMARY KEY,
            estate text NOT NULL,
            channel text NOT NULL,
            kind text NOT NULL,
            text text NOT NULL,
            demand text,
            location text,
            category text,
            received_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            anonymous boolean NOT NULL,
            party_id uuid,
            household_id uuid,
            receiver text,
            call_id text,
            claim_digest bytea NOT NULL,
            withdrawn_at timestamptz
        );
        CREATE INDEX complaints_received ON complaints (received_at, number);
        CREATE INDEX complaints_estate ON complaints (estate, received_at, number);
        CREATE INDEX complaints_number ON complaints (number text_pattern_ops);
        CREATE INDEX complaints_party ON complaints (party_id) WHERE party_id IS NOT NULL;

        CREATE TABLE supplements (
            id uuid PRIMARY KEY,
            number text NOT NULL REFERENCES complaints (number),
            text text NOT NULL,
            at timestamptz NOT NULL
        );
        CREATE INDEX supplements_number ON supplements (number);

        CREATE TABLE ratings (
            id uuid PRIMARY KEY,
            number text NOT NULL REFERENCES complaints (number),
            satisfaction text NOT NULL,
            comment text,
            at timestamptz NOT NULL
        );
        CREATE INDEX ratings_number ON ratings (number);

        CREATE TABLE case_states (
            number text PRIMARY KEY,
            status text NOT NULL,
            version integer NOT NULL
        );

        CREATE TABLE timeline (
            event_id uuid PRIMARY KEY,
            number text NOT NULL,
            what text NOT NULL,
            note text,
            at timestamptz NOT NULL
        );
        CREATE INDEX timeline_number ON timeline (number, at);
        """
    )


def downgrade() -> None:
    """Drop them."""
    op.execute(
        "DROP TABLE timeline, case_states, ratings, supplements, complaints, parties, households, nodes"
    )
