"""Who may take work now: staff of departments with their shifts and open work, and who leads them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, text

from services.routing.domain.assignment import Candidate, Workloads
from services.routing.domain.shifts import Shift
from services.routing.domain.staff import Leader
from services.routing.storage.tables import staff

#: Open orders of a person are counted up to here; beyond, one more or less decides nothing and counting costs.
MOST_COUNTED = 200

_CANDIDATES = text(
    """
    SELECT s.id, s.department, s.path, work.open_orders, periods.shifts
    FROM staff s
    CROSS JOIN LATERAL (
        SELECT count(*) AS open_orders FROM (
            SELECT FROM work_orders w
            WHERE w.assignee = s.id AND w.status IN ('assigned', 'accepted', 'in_progress')
            LIMIT :most
        ) counted
    ) work
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_array(starts, ends)) AS shifts FROM shifts WHERE staff_id = s.id
    ) periods
    WHERE s.path = ANY(:paths) AND s.department = ANY(:departments) AND s.role = :role AND NOT s.disabled
      AND periods.shifts IS NOT NULL
    """
)


def candidates(
    connection: Connection, paths: Collection[str], departments: Collection[str], *, role: str = "handler"
) -> tuple[list[Candidate], Workloads]:
    """People of a role at one of `paths` in one of `departments`, and how much open work each has.

    Whoever has no shift is never on shift and so not among them.
    """
    rows = connection.execute(
        _CANDIDATES,
        {"paths": list(paths), "departments": list(departments), "role": role, "most": MOST_COUNTED},
    ).all()
    people = [
        Candidate(row.id, row.department, row.path, tuple(Shift(*period) for period in row.shifts))
        for row in rows
    ]
    return people, Workloads({row.id: row.open_orders for row in rows})


def leaders(connection: Connection, paths: Collection[str], roles: Collection[str]) -> list[Leader]:
    """Who has one of these roles at one of `paths` and works here."""
    query = select(staff.c.id, staff.c.role, staff.c.path, staff.c.department).where(
        staff.c.path.in_(list(paths)), staff.c.role.in_(list(roles)), ~staff.c.disabled
    )
    return [Leader(*row) for row in connection.execute(query)]
