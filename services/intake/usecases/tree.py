"""The tenant tree is written, and estates that became different are announced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork
from services.intake.domain.tree import Node, NodeRow, grow
from services.intake.storage import tree
from services.intake.storage.tree import EstateState


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows there were, how many of them are new, and how many known things became different."""

    rows: int
    created: int
    changed: int


def import_nodes(work: UnitOfWork, scope: str, rows: Sequence[NodeRow], *, default_zone: str) -> Imported:
    """Write nodes within the subtree of `scope`; the same rows again change nothing. Raises `TreeRefused`."""
    tree.lock_tree(work.connection)
    known = tree.known_nodes(work.connection, scope, [row.code for row in rows])
    grown = grow(known, rows, mine=lambda path: within(path, scope), default_zone=default_zone)
    tree.save_nodes(work.connection, list(grown.values()))
    announce(work, _estates_concerned({**known, **grown}, grown))
    created = len(grown.keys() - known.keys())
    return Imported(rows=len(rows), created=created, changed=len(grown) - created)


def announce(work: UnitOfWork, codes: Iterable[str]) -> None:
    """Publish `estate.changed` for those of the estates that are not as they were told of last."""
    digests: dict[str, str] = {}
    for state in tree.estate_states(work.connection, codes):
        told = _told(state)
        digest = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
        if digest != state.announced:
            work.record("estate.changed", state.estate.code, told, estate=state.estate.code)
            digests[state.estate.code] = digest
    tree.mark_announced(work.connection, digests)


def _estates_concerned(nodes: Mapping[str, Node], changed: Mapping[str, Node]) -> list[str]:
    """Estates that changed or have a changed node above them: its name is part of what is told."""
    return [
        node.code
        for node in nodes.values()
        if node.kind == "estate" and not changed.keys().isdisjoint(node.path.split("/"))
    ]


def _told(state: EstateState) -> dict[str, Any]:
    nearest = {kind: (code, name) for code, kind, name in state.ancestors}
    group, group_name = nearest["group"]
    region, region_name = nearest.get("region", (None, None))
    return {
        "code": state.estate.code,
        "name": state.estate.name,
        "path": state.estate.path,
        "zone": state.estate.zone,
        "group": group,
        "group_name": group_name,
        "region": region,
        "region_name": region_name,
        "households_total": state.households_total,
        "households_occupied": state.households_occupied,
    }
