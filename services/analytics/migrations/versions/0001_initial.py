"""Estates, facts and the figures of the exporter."""

from __future__ import annotations

from alembic import op

revision = "analytics_0001"
down_revision = None
branch_labels = ("analytics",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute(
        """
        CREATE TABLE estates (
            generation integer NOT NULL,
            code text NOT NULL,
            name text NOT NULL,
            path text NOT NULL,
            zone text NOT NULL,
            group_code text NOT NULL,
            group_name text NOT NULL,
            region_code text,
            region_name text,
            version bigint NOT NULL,
            PRIMARY KEY (generation, code)
        );
        CREATE INDEX estates_path ON estates (generation, path text_pattern_ops);

        CREATE TABLE facts (
            generation integer NOT NULL,
            number text NOT NULL,
            registered_version bigint,
            estate text,
            channel text,
            kind text,
            received_at timestamptz,
            household_id text,
            place text,
            classified_version bigint,
            category text,
            withdrawn_at timestamptz,
            assigned_at timestamptz,
            answered_at timestamptz,
            dispatch_due_at timestamptz,
            answer_due_at timestamptz,
            resolved_version bigint,
            resolved_at timestamptz,
            reopened_version bigint,
            closed_version bigint,
            satisfaction text,
            opinion_at timestamptz,
            opinion_rank smallint,
            opinion_version bigint,
            PRIMARY KEY (generation, number)
        ) WITH (fillfactor = 75);
        CREATE INDEX facts_received ON facts (generation, estate, received_at);
        CREATE INDEX facts_household ON facts (generation, estate, category, household_id, received_at)
            WHERE household_id IS NOT NULL;
        CREATE INDEX facts_place ON facts (generation, estate, category, md5(place), received_at)
            WHERE place IS NOT NULL;

        CREATE TABLE rollups (
            level text NOT NULL,
            group_code text NOT NULL,
            region_code text NOT NULL,
            estate text NOT NULL,
            days integer NOT NULL,
            counted_at timestamptz NOT NULL,
            received bigint NOT NULL,
            valid bigint NOT NULL,
            resolved bigint NOT NULL,
            repeat_eligible bigint NOT NULL,
            repeats bigint NOT NULL,
            open bigint NOT NULL,
            overdue bigint NOT NULL,
            opinions bigint NOT NULL,
            satisfied bigint NOT NULL,
            response_median double precision,
            response_p90 double precision,
            resolution_mean double precision,
            resolution_median double precision,
            resolution_p90 double precision,
            resolution_max double precision,
            PRIMARY KEY (level, group_code, region_code, estate, days)
        );
        """
    )


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE rollups, facts, estates")
