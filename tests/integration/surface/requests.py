"""A request for every route that is valid but for what it names: so that only access can refuse it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from services.contracts.catalogue import CATALOGUE
from services.intake.domain.attachments import signature
from tests.integration.surface.access_table import NOBODY
from tests.integration.surface.world import PDF, TEXT, Things, World

#: Until when links to files are good that are made here.
_LATER = 2**40


def _csv(text: str) -> dict[str, Any]:
    return {"data": text.encode(), "content_type": "text/csv"}


def _claimed(things: Things, **body: Any) -> dict[str, Any]:
    return {"json": {"claim_code": things.claim_code, **body}}


def _fresh(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


#: What to send besides the path, by route.
_BODIES: Mapping[str, Callable[[Things], dict[str, Any]]] = {
    **{
        f"POST /api/{service}/dead-letters/{what}": lambda t, body=body: {"json": body}
        for service in CATALOGUE.services()
        for what, body in (("replay", {"type": "no.such"}), ("{letter}/discard", {"reason": "误发。"}))
    },
    "POST /api/intake/estates": lambda t: {
        "json": {"code": _fresh("B"), "kind": "building", "name": "3 栋", "parent": t.estate}
    },
    "POST /api/intake/estates/import": lambda t: _csv(
        f"code,kind,name,parent\n{_fresh('B')},building,3 栋,{t.estate}\n"
    ),
    "POST /api/intake/households/import": lambda t: _csv(f"estate,unit\n{t.estate},3-2-501\n"),
    "POST /api/intake/complaints": lambda t: {"json": {"estate": t.estate, "channel": "web", "text": TEXT}},
    "POST /api/intake/complaints/{number}/attachments": lambda t: {"data": PDF},
    "GET /api/intake/attachments/{attachment}": lambda t: {
        "query_string": {"expires": _LATER, "signature": signature("s" * 32, t.attachment, _LATER)}
    },
    "POST /api/intake/complaints/{number}/supplements": lambda t: _claimed(t, text="还是没有人来。"),
    "POST /api/intake/complaints/{number}/withdrawal": _claimed,
    "POST /api/intake/complaints/{number}/rating": lambda t: _claimed(t, satisfaction="satisfied"),
    "POST /api/routing/tokens": lambda t: {
        "json": {"username": f"{t.estate.lower()}-handler", "password": "linli-demo"}
    },
    "POST /api/routing/work-orders/{id_}/accept": lambda t: {"json": {}},
    "POST /api/routing/work-orders/{id_}/answer": lambda t: {"json": {"note": "今天派人上门。"}},
    "POST /api/routing/work-orders/{id_}/arrive": lambda t: {"json": {}},
    "POST /api/routing/work-orders/{id_}/progress": lambda t: {"json": {}},
    "POST /api/routing/work-orders/{id_}/resolve": lambda t: {"json": {"note": "已修好。"}},
    "POST /api/routing/work-orders/{id_}/sign-off": lambda t: {"json": {}},
    "POST /api/routing/work-orders/{id_}/parts": lambda t: {
        "json": {"task": "请关闭总阀。", "department": "security"}
    },
    "POST /api/routing/work-orders/{id_}/transfer": lambda t: {"json": {"reason": "请假。"}},
    "POST /api/routing/complaints/{number}/classification": lambda t: {
        "json": {"urgency": "urgent", "reason": "有人被困。"}
    },
    "POST /api/routing/complaints/{number}/facts": lambda t: {
        "json": {"facts": [{"name": "media"}], "reason": "电视台来电。"}
    },
    "POST /api/routing/complaints/{number}/close": lambda t: {"json": {"reason": "重复登记。"}},
    "POST /api/routing/complaints/{number}/verification": lambda t: {
        "json": {"verdict": "valid", "reasons": ["own_fault"]}
    },
    "POST /api/routing/complaints/{number}/malicious": lambda t: {
        "json": {"malicious": True, "reason": "多次捏造事实。"}
    },
    "POST /api/routing/complaints/{number}/send-back": lambda t: {
        "json": {"source": "quality", "reason": "抽查发现未修好。"}
    },
    "POST /api/routing/work-orders/{id_}/findings": lambda t: {
        "json": {"kind": "witness", "text": "1-2-302 住户证实。"}
    },
    "POST /api/routing/work-orders/{id_}/proposal": lambda t: {
        "json": {"result": "更换门机。", "done_by": "2027-01-01T18:00:00+08:00", "commitment": "质保一年。"}
    },
    "POST /api/routing/work-orders/{id_}/proposal/agreement": lambda t: {
        "json": {"agreed": True, "way": "phone"}
    },
    "POST /api/routing/work-orders/{id_}/answer-consent": lambda t: {"json": {"note": "减免物业费。"}},
    "POST /api/routing/complaints/{number}/compensation": lambda t: {
        "json": {
            "remedy": "fee_waiver",
            "amount": "320.50",
            "agreement": "已与业主谈妥。",
            "reason": "停水三天。",
        }
    },
    "POST /api/routing/complaints/{number}/close-approval": lambda t: {"json": {"decision": "grant"}},
    "POST /api/routing/approvals/{approval}/grant": lambda t: {"json": {}},
    "POST /api/routing/approvals/{approval}/refuse": lambda t: {"json": {"reason": "属于我方责任。"}},
    "POST /api/routing/approvals/{approval}/withdraw": lambda t: {"json": {}},
    "POST /api/routing/complaints/{number}/reopen": lambda t: {"json": {"reason": "没有修好。"}},
    "POST /api/routing/complaints/{number}/links": lambda t: {
        "json": {"kind": "child_of", "other": t.another, "reason": "同一件事。"}
    },
    "POST /api/routing/complaints/{number}/links/{link}/removal": lambda t: {
        "json": {"reason": "关联有误。"}
    },
    "POST /api/routing/complaints/{number}/suggestions/{other}/confirm": lambda t: {"json": {}},
    "POST /api/routing/complaints/{number}/suggestions/{other}/dismiss": lambda t: {"json": {}},
    "POST /api/routing/complaints/{number}/clocks/{name}/pause": lambda t: {
        "json": {"reason": "waiting_for_parts"}
    },
    "POST /api/routing/complaints/{number}/clocks/{name}/resume": lambda t: {"json": {}},
    "POST /api/routing/complaints/{number}/escalate": lambda t: {"json": {"reason": "涉及赔偿。"}},
    "POST /api/routing/staff": lambda t: {
        "json": {"username": _fresh("new"), "name": "孙敏", "role": "handler", "path": t.path}
    },
    "POST /api/routing/staff/import": lambda t: _csv(
        f"username,name,role,path\n{_fresh('new')},孙敏,handler,{t.path}\n"
    ),
    "POST /api/routing/departments/import": lambda t: _csv(f"path,code\n{t.path},engineering\n"),
    "PUT /api/routing/policies": lambda t: {
        "json": {"path": t.path, "version": 1, "content": {"grading": {"loss": 2000}}, "reason": "试行。"}
    },
    "POST /api/notification/callbacks/{id}/outcome": lambda t: {"json": {"outcome": "satisfied"}},
    "POST /api/notification/complaints/{number}/contact-views": lambda t: {
        "json": {"reason": "上门前联系。"}
    },
}

#: Every caller sees this region, in which `World.own` lies.
REGION = "G/EAST"

#: Which of the things a parameter of a path names.
_NAMED: Mapping[str, Callable[[str, Things], str]] = {
    "number": lambda route, t: t.number,
    "name": lambda route, t: "solve",
    "period": lambda route, t: t.month,
    "party_id": lambda route, t: t.party,
    "id_": lambda route, t: t.staff if "/staff/" in route else t.order,
    "link": lambda route, t: t.link,
    "other": lambda route, t: t.suggested,
    "id": lambda route, t: t.callback,
    "approval": lambda route, t: t.approval,
    "attachment": lambda route, t: t.attachment,
    "letter": lambda route, t: t.letters[route.split("/")[2]],
}


def parameters_of(route: str, things: Things) -> dict[str, str]:
    """The parameters of a route's path, naming these things."""
    return {name: named(route, things) for name, named in _NAMED.items() if f"{{{name}}}" in route}


def path_to(route: str, things: Things) -> str:
    """The path of a route such as `GET /api/…/{number}`, leading to these things."""
    path = route.partition(" ")[2]
    return path.format(**parameters_of(route, things))


def request_for(route: str, things: Things) -> dict[str, Any]:
    """What to send with it."""
    body = _BODIES.get(route)
    return body(things) if body else {}


def call(world: World, caller: str, route: str, things: Things) -> Any:
    """The answer to somebody of a role, or to nobody, who calls a route about these things."""
    headers = {"Claim-Code": things.claim_code}
    if caller != NOBODY:
        # A handler takes the steps of the orders that are his.
        who = world.own.handler if caller == "handler" else f"the-{caller}"
        headers |= world.installation.headers(caller, REGION, who)
    # The limits of a minute are not what is looked at here.
    world.installation.clock.advance(minutes=1)
    method, path = route.partition(" ")[0], path_to(route, things)
    return world.installation.send(method, path, headers, **request_for(route, things))
