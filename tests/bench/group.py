"""The group of estates that the bench complains in: 10 regions of 10 estates, each region with its own people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.e2e.client import PASSWORD, People
from tests.e2e.group import ALWAYS, DEPARTMENTS, OPERATOR

REGIONS = [f"r{at}" for at in range(10)]
ESTATES = [f"e{at:03d}" for at in range(100)]
#: Who writes complaints down for the whole group, as a call centre does.
CENTRE = "centre"
_HANDLERS = 2
HOUSEHOLDS = 2


def path_of(estate: str) -> str:
    """Where an estate is in the tree."""
    return f"linli/{REGIONS[int(estate[1:]) % len(REGIONS)]}/{estate}"


def found(people: People) -> None:
    """Write tree, households, departments and staff; `OPERATOR` has an account already."""
    operator = people[OPERATOR]
    operator.post("/api/intake/estates/import", _csv("code,kind,name,parent", _tree()))
    operator.post("/api/intake/households/import", _csv("estate,unit,name,phone", _households()))
    departments = [("linli", code) for code in DEPARTMENTS]
    operator.post("/api/routing/departments/import", _csv("path,code", departments))
    staff = _csv("username,name,role,path,department,phone,shifts,password", _staff())
    operator.post("/api/routing/staff/import", staff)


def _tree() -> Iterator[tuple[str, ...]]:
    yield ("linli", "group", "邻里物业集团", "")
    yield from ((code, "region", f"{code} 区域", "linli") for code in REGIONS)
    yield from ((code, "estate", f"翠湖花园{code}期", path_of(code).split("/")[1]) for code in ESTATES)


def _households() -> Iterator[tuple[str, ...]]:
    for place, estate in enumerate(ESTATES):
        for at in range(1, HOUSEHOLDS + 1):
            yield (estate, f"{at}-1-101", "王晓明", f"+8619900{place:03d}{at:03d}")


def _staff() -> Iterator[tuple[str, ...]]:
    yield (CENTRE, "服务中心", "centre", "linli", "", "", "", PASSWORD)
    for region in REGIONS:
        path = f"linli/{region}"
        for department in DEPARTMENTS:
            for at in range(_HANDLERS):
                yield (f"{region}.{department}.{at}", "员工", "handler", path, department, "", ALWAYS, "")


def _csv(heading: str, rows: Iterable[Iterable[str]]) -> str:
    return "\n".join([heading, *(",".join(row) for row in rows), ""])
