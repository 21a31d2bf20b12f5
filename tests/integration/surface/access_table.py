"""The one table of who may do what over HTTP: every route, the roles that may call it, and what of it is scoped.

A route without a row here fails `test_access.py`, and so does a row without a route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.contracts.vocabulary import Role, values

#: A caller without a token.
NOBODY = "nobody"

STAFF = frozenset(values(Role))
ANYBODY = STAFF | {NOBODY}


class Scope(Enum):
    """What becomes of a request for something of a foreign subtree."""

    #: Belongs to no subtree, or is open to everybody who may call the route at all.
    NONE = "none"
    #: A list: it holds what is of the caller's subtree and nothing else.
    LIST = "list"
    #: Figures: they count what is of the caller's subtree and nothing else.
    FIGURES = "figures"
    #: One thing: 404, in the same words as for a thing that does not exist.
    THING = "thing"
    #: Named by a field of the body: 422 about that field, in the same words as for one that does not exist.
    FIELD = "field"


@dataclass(frozen=True)
class Row:
    """Who may call a route, and how it is scoped."""

    roles: frozenset[str]
    scope: Scope


def _row(scope: Scope, *roles: str) -> Row:
    return Row(frozenset(roles), scope)


_DESK = ("receiver", "head", "director", "centre")
_HANDLERS = ("handler", "head", "director")
_LEADERS = ("head", "director")
_APPROVERS = ("head", "director", "centre", "group")
_KEEPERS = ("director", "centre", "group", "operator")
_APPOINTERS = ("head", *_KEEPERS)
_READERS = (*_DESK, "group", "auditor")
_REGISTRARS = (*_DESK, "handler", "group")

ACCESS: Mapping[str, Row] = {
    "GET /api/intake/estates": Row(ANYBODY, Scope.NONE),
    "POST /api/intake/estates": _row(Scope.FIELD, *_KEEPERS),
    "POST /api/intake/estates/import": _row(Scope.FIELD, *_KEEPERS),
    "POST /api/intake/households/import": _row(Scope.FIELD, *_KEEPERS),
    "POST /api/intake/complaints": _row(Scope.FIELD, NOBODY, *_REGISTRARS),
    "GET /api/intake/complaints": _row(Scope.LIST, *_REGISTRARS),
    "GET /api/intake/complaints/{number}": Row(ANYBODY, Scope.NONE),
    "POST /api/intake/complaints/{number}/attachments": _row(Scope.THING, NOBODY, *_REGISTRARS),
    "GET /api/intake/complaints/{number}/attachments": _row(Scope.THING, NOBODY, *_REGISTRARS),
    "GET /api/intake/attachments/{attachment}": Row(ANYBODY, Scope.NONE),
    "POST /api/intake/complaints/{number}/supplements": Row(ANYBODY, Scope.NONE),
    "POST /api/intake/complaints/{number}/withdrawal": Row(ANYBODY, Scope.NONE),
    "POST /api/intake/complaints/{number}/rating": Row(ANYBODY, Scope.NONE),
    "POST /api/intake/contacts/{party_id}/erasure": _row(Scope.THING, "director", "centre", "group"),
    "POST /api/routing/tokens": Row(ANYBODY, Scope.NONE),
    "POST /api/routing/tokens/refresh": Row(ANYBODY, Scope.NONE),
    "GET /api/routing/work-orders": Row(STAFF, Scope.LIST),
    "GET /api/routing/work-orders/{id_}": Row(STAFF, Scope.THING),
    "POST /api/routing/work-orders/{id_}/accept": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/answer": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/arrive": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/progress": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/resolve": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/sign-off": _row(Scope.THING, *_LEADERS),
    "POST /api/routing/work-orders/{id_}/parts": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/findings": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/proposal": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/proposal/agreement": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/work-orders/{id_}/answer-consent": _row(Scope.THING, *_HANDLERS),
    "POST /api/routing/complaints/{number}/compensation": _row(Scope.THING, *_DESK, "handler"),
    "POST /api/routing/work-orders/{id_}/transfer": _row(Scope.THING, *_HANDLERS),
    "GET /api/routing/complaints": Row(STAFF, Scope.LIST),
    "GET /api/routing/complaints/{number}": Row(STAFF, Scope.THING),
    "POST /api/routing/complaints/{number}/classification": _row(Scope.THING, *_DESK),
    "POST /api/routing/complaints/{number}/verification": _row(Scope.THING, *_DESK, "handler"),
    "POST /api/routing/complaints/{number}/facts": _row(Scope.THING, *_DESK, "handler", "group"),
    "POST /api/routing/complaints/{number}/close": _row(Scope.THING, "head", "director", "centre"),
    "POST /api/routing/complaints/{number}/malicious": _row(Scope.THING, "director", "centre", "group"),
    "POST /api/routing/complaints/{number}/send-back": _row(Scope.THING, "centre", "group"),
    "POST /api/routing/complaints/{number}/close-approval": _row(Scope.THING, *_APPROVERS),
    "POST /api/routing/complaints/{number}/reopen": _row(Scope.THING, *_DESK),
    "POST /api/routing/complaints/{number}/links": _row(Scope.THING, *_DESK),
    "POST /api/routing/complaints/{number}/links/{link}/removal": _row(Scope.THING, *_DESK),
    "GET /api/routing/approvals": Row(STAFF, Scope.LIST),
    "GET /api/routing/approvals/{approval}": Row(STAFF, Scope.THING),
    "POST /api/routing/approvals/{approval}/grant": _row(Scope.THING, *_APPROVERS),
    "POST /api/routing/approvals/{approval}/refuse": _row(Scope.THING, *_APPROVERS),
    "POST /api/routing/approvals/{approval}/withdraw": _row(Scope.THING, *_DESK, "handler"),
    "GET /api/routing/complaints/{number}/suggestions": Row(STAFF, Scope.THING),
    "POST /api/routing/complaints/{number}/suggestions/{other}/confirm": _row(Scope.THING, *_DESK),
    "POST /api/routing/complaints/{number}/suggestions/{other}/dismiss": _row(Scope.THING, *_DESK),
    "POST /api/routing/complaints/{number}/clocks/{name}/pause": _row(
        Scope.THING, "head", "director", "centre"
    ),
    "POST /api/routing/complaints/{number}/clocks/{name}/resume": _row(
        Scope.THING, "head", "director", "centre"
    ),
    "POST /api/routing/complaints/{number}/escalate": _row(Scope.THING, *_DESK, "handler"),
    "GET /api/routing/staff": _row(Scope.LIST, *_APPOINTERS, "auditor"),
    "POST /api/routing/staff": _row(Scope.FIELD, *_APPOINTERS),
    "POST /api/routing/staff/import": _row(Scope.FIELD, *_KEEPERS),
    "POST /api/routing/staff/{id_}/disable": _row(Scope.THING, *_APPOINTERS),
    "POST /api/routing/staff/{id_}/enable": _row(Scope.THING, *_APPOINTERS),
    "GET /api/routing/departments": Row(STAFF, Scope.LIST),
    "POST /api/routing/departments/import": _row(Scope.FIELD, *_KEEPERS),
    "GET /api/routing/policies": Row(STAFF, Scope.NONE),
    "PUT /api/routing/policies": _row(Scope.FIELD, "director", "centre", "group"),
    "GET /api/routing/policies/history": Row(STAFF, Scope.LIST),
    "GET /api/notification/callbacks": _row(Scope.LIST, *_READERS),
    "POST /api/notification/callbacks/{id}/claim": _row(Scope.THING, *_DESK),
    "POST /api/notification/callbacks/{id}/outcome": _row(Scope.THING, *_DESK),
    "GET /api/notification/messages": _row(Scope.LIST, *_READERS),
    "POST /api/notification/complaints/{number}/contact-views": _row(Scope.THING, *_DESK, "handler"),
    "GET /api/analytics/kpis": Row(STAFF, Scope.LIST),
    "GET /api/analytics/trend": Row(STAFF, Scope.FIGURES),
    "GET /api/analytics/unsolved": Row(STAFF, Scope.FIGURES),
    "GET /api/analytics/repeats": Row(STAFF, Scope.FIGURES),
    "GET /api/analytics/reports/{period}": _row(Scope.FIGURES, *_LEADERS, "centre", "group", "auditor"),
    "GET /api/analytics/ranking": _row(Scope.FIGURES, *_LEADERS, "centre", "group", "auditor"),
    **{
        route.format(service=service): _row(Scope.NONE, "auditor", "operator")
        for service in ("intake", "routing", "notification", "analytics")
        for route in (
            "GET /api/{service}/dead-letters",
            "GET /api/{service}/dead-letters/{{letter}}",
            "POST /api/{service}/dead-letters/replay",
            "POST /api/{service}/dead-letters/{{letter}}/replay",
            "POST /api/{service}/dead-letters/{{letter}}/discard",
        )
    },
}


def somebody_of(route: str) -> str:
    """A role that may call a route: a director, who may call most of what there is, or who is above him."""
    return next(role for role in ("director", "operator", "centre") if role in ACCESS[route].roles)


#: Routes that are no part of a document: they are for machines, and open on the addresses an operator exposes them on.
UNDOCUMENTED = frozenset({"/healthz", "/readyz", "/metrics", "/api/{service}/openapi.json"})
