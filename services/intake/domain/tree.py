"""The tenant tree: typed nodes at any depth, each with the path of codes that leads to it (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

#: From the root down. A node stands below one of its own or an earlier kind.
KINDS = ("group", "company", "region", "estate", "building", "unit")

#: Kinds that do not stand below their own kind.
_SINGLE = frozenset({"estate", "building", "unit"})

#: No `/`, which joins codes to a path.
CODE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"

#: Levels above a node, and characters of its path: what the events and indexes carry.
DEEPEST = 20
LONGEST_PATH = 1000


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it is kept. `parent` is None for a root; `path` ends with `code`; `zone` is an IANA name."""

    code: str
    kind: str
    name: str
    parent: str | None
    zone: str
    path: str


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node as it is asked for in line `line`; without a zone it has its parent's."""

    line: int
    code: str
    kind: str
    name: str
    parent: str | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of a line; `code` is a key of the message catalogue."""

    line: int
    field: str
    code: str


class TreeRefused(Exception):
    """The rows do not make a tree; `problems` says why, line by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


def grow(
    known: Mapping[str, Node], rows: Sequence[NodeRow], *, mine: Callable[[str], bool], default_zone: str
) -> dict[str, Node]:
    """Return the nodes that are new or different once `rows` are applied to the `known` ones, by code.

    `mine` tells in which paths the caller may write. `known` holds at least all nodes there, those that lead to them, and
    those of the rows' codes. A parent may stand behind its child. Whatever stood below a node that moves moves with it.
    Raises `TreeRefused`.
    """
    problems = [*_repeated(rows)]
    wanted = {row.code: row for row in rows}
    grown: dict[str, Node] = {}
    for row in rows:
        lineage = list(_lineage(row.code, known, wanted))
        problem = _problem(row, lineage, known, wanted)
        if problem is not None:
            problems.append(problem)
    if problems:
        raise TreeRefused(problems)
    for code in {*known, *wanted}:
        _place(code, known, wanted, grown, default_zone)
    problems = [
        Problem(row.line, "parent" if row.parent else "code", "outside_subtree")
        for row in rows
        if not mine(grown[row.code].path) or (row.code in known and not mine(known[row.code].path))
    ]
    if any(len(node.path) > LONGEST_PATH for node in grown.values()):
        problems.append(Problem(rows[0].line, "parent", "tree_too_deep"))
    if problems:
        raise TreeRefused(problems)
    return {code: node for code, node in grown.items() if known.get(code) != node}


def _repeated(rows: Iterable[NodeRow]) -> Iterator[Problem]:
    seen: set[str] = set()
    for row in rows:
        if row.code in seen:
            yield Problem(row.line, "code", "code_repeated")
        seen.add(row.code)


def _lineage(code: str, known: Mapping[str, Node], wanted: Mapping[str, NodeRow]) -> Iterator[str]:
    """Codes from the parent of `code` towards the root, at most one more than `DEEPEST`; a cycle never ends sooner."""
    for _ in range(DEEPEST + 1):
        if code not in known and code not in wanted:
            return
        parent = _parent(code, known, wanted)
        if parent is None:
            return
        yield parent
        code = parent


def _parent(code: str, known: Mapping[str, Node], wanted: Mapping[str, NodeRow]) -> str | None:
    return wanted[code].parent if code in wanted else known[code].parent


def _kind(code: str, known: Mapping[str, Node], wanted: Mapping[str, NodeRow]) -> str:
    return wanted[code].kind if code in wanted else known[code].kind


def _problem(
    row: NodeRow, lineage: Sequence[str], known: Mapping[str, Node], wanted: Mapping[str, NodeRow]
) -> Problem | None:
    if row.parent is None:
        return None if row.kind == "group" else Problem(row.line, "parent", "parent_missing")
    if row.parent not in known and row.parent not in wanted:
        return Problem(row.line, "parent", "parent_unknown")
    if len(lineage) > DEEPEST:
        return Problem(row.line, "parent", "tree_has_cycle" if row.code in lineage else "tree_too_deep")
    if not _may_stand_below(
        row.kind, [_kind(c, known, wanted) for c in lineage if c in known or c in wanted]
    ):
        return Problem(row.line, "kind", "kind_not_below_parent")
    if row.code in known and known[row.code].kind != row.kind:
        return Problem(row.line, "kind", "kind_unchangeable")
    return None


def _may_stand_below(kind: str, ancestors: Sequence[str]) -> bool:
    if kind in _SINGLE and kind in ancestors:
        return False
    return KINDS.index(ancestors[0]) <= KINDS.index(kind)


def _place(
    code: str,
    known: Mapping[str, Node],
    wanted: Mapping[str, NodeRow],
    grown: dict[str, Node],
    default_zone: str,
) -> Node:
    if code in grown:
        return grown[code]
    parent_code = _parent(code, known, wanted)
    parent = None
    if parent_code is not None and (parent_code in known or parent_code in wanted):
        parent = _place(parent_code, known, wanted, grown, default_zone)
    row = wanted.get(code)
    if row is None:
        node = known[code]
        node = replace(node, path=f"{parent.path}/{code}") if parent is not None else node
    else:
        zone = row.zone or (parent.zone if parent else default_zone)
        path = f"{parent.path}/{code}" if parent else code
        node = Node(code, row.kind, row.name, row.parent, zone, path)
    grown[code] = node
    return node
