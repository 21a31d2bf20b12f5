"""Boston's service requests of the second half of 2011, and what is true of them, worked out here from the rows themselves."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import math
import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import services

SHARED = Path(os.environ.get("LINLI_SHARED", Path(services.__path__[0]).parents[1] / "shared"))
FILE = SHARED / "data" / "boston311_2011h2.csv.gz"
TRUTH = SHARED / "data" / "boston311_2011h2.truth.json"

_WITHIN = timedelta(hours=30 * 24)
_COUNTS = {"n": "received", "closed": "resolved", "repeat_eligible": "repeat_eligible", "repeats": "repeats"}
_RATIOS = {"resolution_rate": "resolution_ratio", "repeat_rate": "repeat_ratio"}
_HOURS = {"close_hours_mean": "mean", "close_hours_median": "median", "close_hours_p90": "p90"}

#: What is true of each group of a question.
Truth = Mapping[str, Mapping[str, Mapping[str, Any]]]


def rows(count: int | None = None) -> list[dict[str, str]]:
    """The first rows of the file, in the order they were opened; all of them without a count."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        return list(itertools.islice(csv.DictReader(file), count))


def published() -> Truth:
    """The figures that come with the file."""
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))
    keys = ("by_source", "by_reason", "by_type_top40", "by_month")
    return {"overall": {"": truth["overall"]}, **{key: truth[key] for key in keys}}


def truth_of(requests: Sequence[Mapping[str, str]]) -> Truth:
    """The same figures of some rows, by plain counting."""
    repeats = _repeats(requests)
    questions: dict[str, Callable[[Mapping[str, str]], str]] = {
        "overall": lambda row: "",
        "by_source": lambda row: row["source"],
        "by_reason": lambda row: row["reason"],
        "by_type_top40": lambda row: row["type"],
        "by_month": lambda row: row["open_dt"][:7],
    }
    return {name: _groups(requests, repeats, key) for name, key in questions.items()}


def differences(truth: Truth, kpis: Callable[..., Iterable[Mapping[str, Any]]]) -> list[str]:
    """Where the KPIs, asked for with a `by` and a `level`, are not what is true."""
    asked: dict[str, dict[str, Any]] = {
        "overall": {"by": "estate"},
        "by_source": {"by": "channel"},
        "by_reason": {"by": "category", "level": 1},
        "by_type_top40": {"by": "category", "level": 2},
        "by_month": {"by": "month"},
    }
    return [line for name, query in asked.items() for line in _compared(name, truth[name], kpis(**query))]


def _compared(
    name: str, truth: Mapping[str, Mapping[str, Any]], told: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    found = {"" if name == "overall" else _named(row["key"], name): row for row in told}
    for key, true in truth.items():
        for what, said, equal in _figures(true, found.get(key, {})):
            if not equal(true[what], said):
                yield f"{name} {key} {what}: {said}, true is {true[what]}"


def _figures(
    true: Mapping[str, Any], row: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Callable[[Any, Any], bool]]]:
    for what, name in _COUNTS.items():
        yield what, row.get(name), lambda a, b: a == b
    for what, name in _RATIOS.items():
        yield what, row.get(name), lambda a, b: _close(a, b, 0.0, 1e-6)
    for what, name in _HOURS.items():
        seconds = row.get("resolution_seconds", {}).get(name)
        hours = None if seconds is None else seconds / 3600
        yield what, hours, lambda a, b: _close(a, b, 1e-4, 0.00005)


def _close(true: float | None, said: float | None, relative: float, absolute: float) -> bool:
    if true is None or said is None:
        return true is said
    return math.isclose(true, said, rel_tol=0.0, abs_tol=max(abs(true) * relative, absolute))


def _named(key: str, question: str) -> str:
    """The last name of a path, as it is written (RFC 6901)."""
    if question not in ("by_reason", "by_type_top40"):
        return key
    return key.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _groups(
    requests: Sequence[Mapping[str, str]],
    repeats: Mapping[str, bool],
    key: Callable[[Mapping[str, str]], str],
) -> dict[str, dict[str, Any]]:
    grouped: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in requests:
        grouped[key(row)].append(row)
    return {name: _measured(members, repeats) for name, members in grouped.items()}


def _measured(members: Sequence[Mapping[str, str]], repeats: Mapping[str, bool]) -> dict[str, Any]:
    hours = sorted(
        (_at(row["closed_dt"]) - _at(row["open_dt"])).total_seconds() / 3600
        for row in members
        if row["closed_dt"]
    )
    eligible = [repeats[row["case_enquiry_id"]] for row in members if row["case_enquiry_id"] in repeats]
    return {
        "n": len(members),
        "closed": len(hours),
        "resolution_rate": len(hours) / len(members),
        "close_hours_mean": math.fsum(hours) / len(hours) if hours else None,
        "close_hours_median": _quantile(hours, 0.5),
        "close_hours_p90": _quantile(hours, 0.9),
        "repeat_eligible": len(eligible),
        "repeats": sum(eligible),
        "repeat_rate": sum(eligible) / len(eligible) if eligible else None,
    }


def _quantile(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _repeats(requests: Sequence[Mapping[str, str]]) -> dict[str, bool]:
    """Of each row with a place, whether an earlier one of the same place and type was opened at most 30 days before."""
    opened: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in requests:
        if place := " ".join(row["location"].upper().split()):
            opened[place, row["type"]].append((_at(row["open_dt"]), row["case_enquiry_id"]))
    repeats = {}
    for same in opened.values():
        same.sort()
        for at, (moment, id_) in enumerate(same):
            repeats[id_] = bisect_left(same, (moment - _WITHIN, "")) < at
    return repeats


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
