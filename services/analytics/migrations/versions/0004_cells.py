"""Cells: what is counted of each estate and month, and of each group by trait, day and month; and what is yet to be counted."""

from __future__ import annotations

from alembic import op

revision = "analytics_0004"
down_revision = "analytics_0003"
branch_labels = None
depends_on = None

_CELL = """
    received bigint NOT NULL,
    valid bigint NOT NULL,
    resolved bigint NOT NULL,
    repeat_eligible bigint NOT NULL,
    repeats bigint NOT NULL,
    open bigint NOT NULL,
    overdue bigint NOT NULL,
    opinions bigint NOT NULL,
    satisfied bigint NOT NULL,
    resolution_micros bigint NOT NULL,
    resolution_max double precision,
    responses bytea NOT NULL,
    resolutions bytea NOT NULL,
"""


def upgrade() -> None:
    """Create the tables; every fact there is has yet to be counted.

    Repeats are looked for in every category of a household or place: an index that begins with the category cannot serve that,
    and made each new classification rewrite it.
    """
    op.execute("ALTER TABLE facts ADD COLUMN repeats boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE estates ADD COLUMN counted_zone text, ADD COLUMN counted_group text")
    op.execute(
        """
        CREATE INDEX facts_of_household ON facts (generation, estate, household_id, received_at)
            WHERE household_id IS NOT NULL;
        CREATE INDEX facts_of_place ON facts (generation, estate, md5(place), received_at)
            WHERE place IS NOT NULL;
        DROP INDEX facts_household, facts_place;
        """
    )
    op.execute(
        f"""
        CREATE TABLE estate_cells (
            generation integer NOT NULL,
            estate text NOT NULL,
            month date NOT NULL,
            {_CELL}
            PRIMARY KEY (generation, estate, month)
        );
        CREATE TABLE trait_cells (
            generation integer NOT NULL,
            group_code text NOT NULL,
            trait text NOT NULL,
            span text NOT NULL,
            start date NOT NULL,
            key text NOT NULL,
            {_CELL}
            PRIMARY KEY (generation, group_code, trait, span, start, key)
        );
        """
    )
    # Sketches are read whole and do not shrink: they stay with their row, as they are, as long as that fits a page.
    for table in ("estate_cells", "trait_cells"):
        for column in ("responses", "resolutions"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
        op.execute(f"ALTER TABLE {table} SET (toast_tuple_target = 8160)")
    op.execute("CREATE TABLE changes (generation integer NOT NULL, number text NOT NULL)")
    op.execute("INSERT INTO changes SELECT generation, number FROM facts WHERE estate IS NOT NULL")
    op.execute("CREATE INDEX changes_number ON changes (generation, number)")


def downgrade() -> None:
    """Drop what was made, and make the old indexes again."""
    op.execute(
        """
        CREATE INDEX facts_household ON facts (generation, estate, category, household_id, received_at)
            WHERE household_id IS NOT NULL;
        CREATE INDEX facts_place ON facts (generation, estate, category, md5(place), received_at)
            WHERE place IS NOT NULL;
        DROP INDEX facts_of_household, facts_of_place;
        DROP TABLE estate_cells, trait_cells, changes;
        ALTER TABLE estates DROP COLUMN counted_zone, DROP COLUMN counted_group;
        ALTER TABLE facts DROP COLUMN repeats;
        """
    )
