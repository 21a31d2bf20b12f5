"""The group of estates the journeys happen in.

linli ─ north ─ maple            where complaints are handled step by step
      └ south ─ willow, cedar …  where many are made, one estate for each test that counts
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.chassis.testing import eventually
from tests.e2e.client import PASSWORD, People

MAPLE = "linli/north/maple"
SOUTH = "linli/south"
#: Estates of `SOUTH`: each test that counts has one of its own.
COUNTED = (
    *("willow", "cedar", "pine", "birch", "elm", "rowan"),
    *(
        "alder",
        "ash",
        "aspen",
        "beech",
        "hazel",
        "larch",
        "laurel",
        "linden",
        "oak",
        "olive",
        "poplar",
        "spruce",
        "yew",
    ),
)
DEPARTMENTS = ("customer_service", "engineering", "cleaning", "security", "finance")
ALWAYS = "Mon-Sun 00:00-00:00"
OPERATOR = "operator"
_PATIENCE = 240.0

#: Role by username; the people of the estate belong to `MAPLE`, those of the service centre and above to `linli`.
ACCOUNTS = {
    "receiver": ("receiver", MAPLE, "customer_service"),
    "handler": ("handler", MAPLE, "engineering"),
    "head": ("head", MAPLE, "engineering"),
    "director": ("director", MAPLE, ""),
    "centre": ("centre", "linli", ""),
    "group": ("group", "linli", ""),
    "auditor": ("auditor", "linli", ""),
    "director.south": ("director", SOUTH, ""),
}


def found(people: People) -> None:
    """Write tree, households, departments and staff; `OPERATOR` has an account already."""
    operator = people[OPERATOR]
    operator.post("/api/intake/estates/import", _csv("code,kind,name,parent", _tree()))
    operator.post("/api/intake/households/import", _csv("estate,unit,name,phone", _households()))
    departments = [("linli", code) for code in DEPARTMENTS]
    operator.post("/api/routing/departments/import", _csv("path,code", departments))
    staff = _csv("username,name,role,path,department,phone,shifts,password", _staff())
    # The passwords of so many take a busy machine longer than the gateway waits; the key makes it one import.
    eventually(lambda: operator.post("/api/routing/staff/import", staff, key="founding"), _PATIENCE, 0.5)


def phone(household: int) -> str:
    """The number of the resident of a household of maple (1 to 30); no such numbers are given out."""
    return f"+86199000100{household:02d}"


def unit(household: int) -> str:
    """The unit of a household of maple."""
    return f"1-1-{household}01"


def _tree() -> Iterable[tuple[str, ...]]:
    yield ("linli", "group", "邻里物业集团", "")
    yield ("north", "region", "北方区域", "linli")
    yield ("south", "region", "南方区域", "linli")
    yield ("maple", "estate", "枫林苑", "north")
    yield from ((code, "estate", f"{code} 小区", "south") for code in COUNTED)


def _households() -> Iterable[tuple[str, ...]]:
    yield from (("maple", unit(at), f"住户{at}", phone(at)) for at in range(1, 31))


def _staff() -> Iterable[tuple[str, ...]]:
    for at, (username, (role, path, department)) in enumerate(ACCOUNTS.items(), 1):
        shifts = ALWAYS if role == "handler" else ""
        yield (username, f"员工{at}", role, path, department, f"138000000{at:02d}", shifts, PASSWORD)
    yield ("off.duty", "轮休", "handler", MAPLE, "engineering", "", _another_day(), PASSWORD)
    yield ("second.handler", "替班", "handler", MAPLE, "security", "", ALWAYS, PASSWORD)
    for department in DEPARTMENTS:
        yield (f"south.{department}", f"南区{department}", "handler", SOUTH, department, "", ALWAYS, PASSWORD)


def _another_day() -> str:
    return (datetime.now(UTC) + timedelta(days=3)).strftime("%a 09:00-17:00")


def _csv(heading: str, rows: Iterable[Iterable[str]]) -> str:
    return "\n".join([heading, *(",".join(row) for row in rows), ""])
