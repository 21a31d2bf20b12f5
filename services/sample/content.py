"""What the sample consists of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

ESTATES = ("cuihu", "binjiang", "xishan", "haitang", "nanyuan", "fenglin")
REGION_OF = {
    **dict.fromkeys(ESTATES[:3], "linli/linli-east"),
    **dict.fromkeys(ESTATES[3:], "linli/linli-south"),
}
DEPARTMENTS = ("customer_service", "engineering", "cleaning", "security", "finance")
#: Day and night, so that somebody is on shift whenever the sample is tried.
SHIFTS = ("Mon-Sun 08:00-20:00", "Mon-Sun 20:00-08:00")
_SURNAMES = "王李张刘陈杨黄吴徐孙胡朱高林何郭马罗梁宋"
_GIVEN = ("建军", "秀英", "伟", "敏", "强", "丽", "磊", "洋", "艳", "勇", "杰", "娟")


@dataclass(frozen=True)
class Example:
    """One complaint of the sample and how far it is taken: `steps`, None for not at all."""

    index: int
    body: dict[str, Any]
    steps: str | None
    language: str


def table(name: str) -> str:
    """One of the CSV files beside this one."""
    return files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")


def households() -> str:
    """Sixty households for each estate as CSV, most of them occupied by somebody with a telephone."""
    rows = []
    for at, estate in enumerate(ESTATES):
        for index, unit in enumerate(units()):
            name = _SURNAMES[(at * 7 + index) % len(_SURNAMES)] + _GIVEN[(at + index) % len(_GIVEN)]
            rows.append((estate, unit, "false" if index % 10 == 9 else "true", name, telephone(at, index)))
    return _csv(("estate", "unit", "occupied", "name", "phone"), rows)


def staff(password: str) -> str:
    """Two people for each department of each estate as CSV, one by day and one by night.

    Those of the first estate may sign in: the story goes on there.
    """
    rows = []
    for at, estate in enumerate(ESTATES):
        for which, department in enumerate(DEPARTMENTS):
            for turn, shifts in enumerate(SHIFTS):
                opened = password if at == 0 else ""
                name = (
                    _SURNAMES[(at + which * 3 + turn * 5) % len(_SURNAMES)]
                    + _GIVEN[(at * 2 + which + turn) % len(_GIVEN)]
                )
                username, path = f"{estate}.{department}.{turn + 1}", f"{REGION_OF[estate]}/{estate}"
                rows.append((username, name, "handler", path, department, shifts, opened))
    return _csv(("username", "name", "role", "path", "department", "shifts", "password"), rows)


def examples() -> list[Example]:
    """The complaints of the sample."""
    text = files(__package__).joinpath("complaints.yaml").read_text(encoding="utf-8")
    return [_example(index, row) for index, row in enumerate(yaml.safe_load(text))]


def units() -> list[str]:
    """Three buildings of two stairways, five floors and two doors."""
    return [
        f"{building}-{stairway}-{floor}0{door}"
        for building in (1, 2, 3)
        for stairway in (1, 2)
        for floor in (1, 2, 3, 4, 5)
        for door in (1, 2)
    ]


def telephone(estate: int, household: int) -> str:
    """A mobile number of the sample; no such numbers are given out."""
    return f"1990000{estate}{household:03d}"


def _example(index: int, row: dict[str, Any]) -> Example:
    steps, language = row.pop("steps", None), row.pop("language", "zh")
    unit = row.pop("unit", None)
    if unit is not None:
        at = ESTATES.index(row["estate"])
        known = unit in units()
        phone = telephone(at, units().index(unit)) if known else None
        row["reporter"] = {"unit": unit, **({"phone": phone} if phone else {})}
    return Example(index, row, steps, language)


def _csv(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def accounts() -> Iterator[dict[str, str]]:
    """The people who may sign in to the sample."""
    yield from csv.DictReader(io.StringIO(table("accounts")))
