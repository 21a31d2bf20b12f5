"""Queries on households and the persons who live there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Connection,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from services.chassis.ids import new_id
from services.chassis.scope import below
from services.chassis.session import Run
from services.chassis.sql import insert_rows, recordset
from services.intake.storage.tables import households, nodes, parties


@dataclass(frozen=True, slots=True)
class Party:
    """A person within an estate. `phone` is E.164; `language` is `zh` or `en`."""

    id: str
    estate: str
    identity: str
    name: str | None
    phone: str | None
    email: str | None
    language: str
    household_id: str | None


@dataclass(frozen=True, slots=True)
class Household:
    """A home or premises; `unit` is normalised."""

    id: str
    estate: str
    unit: str
    occupied: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """How many rows were new, and how many known ones became different."""

    created: int
    changed: int


_PARTY = (
    parties.c.id,
    parties.c.estate,
    parties.c.identity,
    parties.c.name,
    parties.c.phone,
    parties.c.email,
    parties.c.language,
    parties.c.household_id,
)


# Every complaint asks, and nearly always both are known.
_WHO = """
    SELECT households.id, parties.id, parties.estate, identity, name, phone, email, language, household_id
    FROM (SELECT 1) AS one
    LEFT JOIN households ON households.estate = %(estate)s AND households.unit = %(unit)s
    LEFT JOIN parties ON parties.estate = %(estate)s AND parties.identity = %(identity)s
    """
_NEW_HOME = insert(households)
_KEEP_HOME = _NEW_HOME.on_conflict_do_update(
    constraint="households_unit", set_={"unit": _NEW_HOME.excluded.unit}
).returning(households.c.id)


def who_is(
    run: Run, estate: str, *, unit: str | None, identity: str | None
) -> tuple[str | None, Party | None]:
    """The id of the household of a normalised unit, and the person known by an identity, where they are known."""
    [(home, *person)] = run(_WHO, {"estate": estate, "unit": unit, "identity": identity})
    return home, None if person[0] is None else Party(*person)


def keep_household(connection: Connection, estate: str, unit: str) -> str:
    """The id of the household of a normalised unit that was not known a moment ago; it is kept as provisional."""
    row = {"id": new_id(), "estate": estate, "unit": unit, "occupied": True, "provisional": True}
    id_: str = connection.scalars(_KEEP_HOME, row).one()
    return id_


def save_households(connection: Connection, rows: Sequence[Household]) -> dict[str, Saved]:
    """Write listed households; returns for each estate where anything changed what changed there."""
    columns = (households.c.id, households.c.estate, households.c.unit, households.c.occupied)
    source = recordset("r", columns, [asdict(row) for row in rows])
    statement = insert(households).from_select(
        [*(c.name for c in columns), "provisional"], select(*source.c, literal(False))
    )
    written = connection.execute(
        statement.on_conflict_do_update(
            constraint="households_unit",
            set_={"occupied": statement.excluded.occupied, "provisional": False},
            where=or_(households.c.occupied != statement.excluded.occupied, households.c.provisional),
            # xmax is 0 only for a row this statement inserted.
        ).returning(households.c.estate, literal_column("households.xmax = 0", Boolean).label("created"))
    )
    saved: dict[str, Saved] = {}
    for row in written:
        before = saved.get(row.estate, Saved(0, 0))
        saved[row.estate] = Saved(before.created + row.created, before.changed + (not row.created))
    return saved


def household_ids(connection: Connection, units: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The ids of the households at these (estate, normalised unit)."""
    wanted = recordset(
        "r",
        (households.c.estate, households.c.unit),
        [{"estate": estate, "unit": unit} for estate, unit in units],
    )
    rows = connection.execute(
        select(households.c.estate, households.c.unit, households.c.id).join(
            wanted,
            tuple_(households.c.estate, households.c.unit) == tuple_(wanted.c.estate, wanted.c.unit),
        )
    )
    return {(row.estate, row.unit): row.id for row in rows}


def party_of_household(connection: Connection, household_id: str, name: str) -> Party | None:
    """The person of this name in a household; the one known longest if there are several."""
    row = connection.execute(
        select(*_PARTY)
        .where(parties.c.household_id == household_id, parties.c.name == name)
        .order_by(parties.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Party(*row)


_NEW_PARTY = insert(parties)
_KEEP_PARTY = _NEW_PARTY.on_conflict_do_update(
    constraint="parties_identity",
    set_={
        name: func.coalesce(parties.c[name], _NEW_PARTY.excluded[name])
        for name in ("name", "email", "household_id")
    },
).returning(*_PARTY)


def add_or_complete(connection: Connection, party: Party) -> Party:
    """Write a person; of one known by then only what is missing is filled in. Returns what is kept."""
    return Party(*connection.execute(_KEEP_PARTY, asdict(party)).one())


def known_parties(
    connection: Connection, identities: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Party]:
    """The persons known by these (estate, identity)."""
    wanted = recordset(
        "r",
        (parties.c.estate, parties.c.identity),
        [{"estate": estate, "identity": identity} for estate, identity in identities],
    )
    rows = connection.execute(
        select(*_PARTY).join(
            wanted,
            tuple_(parties.c.estate, parties.c.identity) == tuple_(wanted.c.estate, wanted.c.identity),
        )
    )
    return {(row.estate, row.identity): Party(*row) for row in rows}


def with_paths(connection: Connection, ids: Sequence[str]) -> list[tuple[Party, str]]:
    """These persons, each with the path of his estate; without those who were erased."""
    rows = connection.execute(
        select(*_PARTY, nodes.c.path)
        .join(nodes, nodes.c.code == parties.c.estate)
        .where(parties.c.id.in_(list(ids)), parties.c.erased_at.is_(None))
    )
    return [(Party(*row[:-1]), row.path) for row in rows]


def save_parties(connection: Connection, new: Sequence[Party], changed: Sequence[Party]) -> None:
    """Add `new` persons and overwrite `changed` ones."""
    insert_rows(connection, parties, [asdict(party) for party in new])
    if not changed:
        return
    source = recordset("r", _PARTY, [asdict(party) for party in changed])
    connection.execute(
        parties.update()
        .where(parties.c.id == source.c.id)
        .values({name: source.c[name] for name in ("name", "email", "language", "household_id")})
    )


def lock_party(connection: Connection, scope: str, party_id: str) -> tuple[str, datetime | None] | None:
    """The estate of a person in the subtree of `scope`, and when he was erased, if he was."""
    row = connection.execute(
        select(parties.c.estate, parties.c.erased_at)
        .join(nodes, nodes.c.code == parties.c.estate)
        .where(parties.c.id == party_id, below(nodes.c.path, scope))
        .with_for_update(of=parties)
    ).one_or_none()
    return None if row is None else (row.estate, row.erased_at)


def erase_party(connection: Connection, party_id: str, at: datetime) -> None:
    """Forget who a person is; the row stays, because complaints refer to it."""
    nothing: Mapping[str, None] = {"name": None, "phone": None, "email": None, "household_id": None}
    connection.execute(
        parties.update()
        .where(parties.c.id == party_id)
        .values(**nothing, identity=f"erased:{party_id}", erased_at=at)
    )
