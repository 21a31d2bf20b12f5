"""Setting a policy document: each change is a version with its reason, and holds everywhere within seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from services.chassis.errors import Conflict, FieldMessage, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.scope import lineage, within
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.policy.inheritance import Content, origins
from services.routing.domain.rules import Pack
from services.routing.policy.checking import problems_at, whole
from services.routing.policy.files import shipped
from services.routing.policy.problems import Problem
from services.routing.storage import policies as rows


@dataclass(frozen=True, slots=True)
class Change:
    """A document to be set at `path` in place of `version`, 0 where there is none yet. `by` is None at a command line."""

    path: str
    version: int
    content: Content
    reason: str
    by: str | None = None


def put(work: UnitOfWork, pack: Pack, change: Change, *, scope: str) -> None:
    """Set a document; the one before stays in the history.

    Raises `Invalid` for a path that is not in the subtree and for mistakes in the document, all at once; `Conflict` if
    somebody else changed it meanwhile, or if nothing changes.
    """
    connection, path = work.connection, change.path
    if not (within(path, scope) and rows.exists(connection, path)):
        raise Invalid(fields={"path": ["path_not_yours"]})
    rows.lock(connection)
    before = rows.of_path(connection, path)
    version = before.version if before else 0
    if version != change.version:
        raise Conflict("policy_changed_meanwhile", path=path, version=version)
    if change.content == (before.content if before else {}):
        raise Conflict("policy_unchanged")
    if problems := problems_at(path, change.content, rows.contents(connection), pack):
        raise Invalid(fields=_fields(problems))
    rows.insert(
        connection,
        {
            "path": path,
            "version": version + 1,
            "content": dict(change.content),
            "reason": change.reason,
            "by": change.by,
            "at": work.now,
        },
    )


def shown(connection: Connection, path: str, *, scope: str) -> dict[str, Any]:
    """The policy of a place of the subtree: its own document, what holds, and where each value comes from.

    Raises `NotFound`. A version of 0 says that the place has no document of its own.
    """
    if not (within(path, scope) and (not path or rows.exists(connection, path))):
        raise NotFound("policy_place_unknown", path=path)
    own = rows.of_path(connection, path)
    documents = rows.contents(connection)
    chain = [(place, documents[place]) for place in lineage(path) if place in documents]
    return {
        "path": path,
        "version": own.version if own else 0,
        "content": own.content if own else {},
        "effective": whole(path, documents),
        "origins": origins([(None, shipped()), *chain]),
        "reason": own.reason if own else None,
        "by": own.by if own else None,
        "at": own.at if own else None,
    }


def _fields(problems: list[Problem]) -> dict[str, list[FieldMessage]]:
    fields: dict[str, list[FieldMessage]] = {}
    for problem in problems:
        said = fields.setdefault(f"content.{problem.name}".rstrip("."), [])
        if problem.path is not None:
            said.append(Message("policy_spoilt_below", {"path": problem.path}))
        said.append(problem.message)
    return fields
