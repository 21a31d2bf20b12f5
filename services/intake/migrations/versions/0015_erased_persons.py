"""A complaint in progress while its maker is erased is refused, to be made again without him (DESIGN §2.8)."""

from __future__ import annotations

from alembic import op

revision = "intake_0015"
down_revision = "intake_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Have each new complaint look at its maker, whose erasure waits for it or goes before it."""
    # The code of a lost race: whoever asked asks again, and finds nobody of that name.
    op.execute(
        """
        CREATE FUNCTION refuse_erased_maker() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            erased timestamptz;
        BEGIN
            SELECT erased_at INTO erased FROM parties WHERE id = NEW.party_id FOR KEY SHARE;
            IF erased IS NOT NULL THEN
                RAISE EXCEPTION 'the maker of complaint % was erased', NEW.number USING ERRCODE = 'serialization_failure';
            END IF;
            RETURN NEW;
        END $$;

        CREATE TRIGGER complaints_maker BEFORE INSERT ON complaints
            FOR EACH ROW WHEN (NEW.party_id IS NOT NULL) EXECUTE FUNCTION refuse_erased_maker();
        """
    )


def downgrade() -> None:
    """Let them be."""
    op.execute("DROP TRIGGER complaints_maker ON complaints; DROP FUNCTION refuse_erased_maker")
