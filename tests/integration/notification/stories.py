"""Events around one complaint, as intake and routing publish them."""

from __future__ import annotations

from typing import Any

from services.chassis.events import LIVE, Event
from services.chassis.testing.clock import DEFAULT_START
from services.chassis.testing.services import make_event

NUMBER = "TS-20261122-K7M2QP"
ESTATE = "jinxiu"
PATH = "group/east/jinxiu"
PHONE = "+8613812345678"


def estate(code: str = ESTATE, *, name: str = "锦绣花园", version: int = 1) -> Event:
    data = {
        "code": code,
        "name": name,
        "path": f"group/east/{code}",
        "zone": "Asia/Shanghai",
        "group": "group",
        "group_name": "邻里集团",
        "region": "east",
        "region_name": "华东",
        "households_total": 100,
        "households_occupied": 90,
    }
    return make_event("estate.changed", code, data, source="intake", version=version)


def contact(party: str = "party-1", *, source: str = "intake", version: int = 1, **data: Any) -> Event:
    standard = {
        "party_id": party,
        "role": "resident" if source == "intake" else "handler",
        "name": "王芳",
        "phone": PHONE,
        "email": "wang@example.com",
        "language": "zh",
        "path": PATH,
    }
    return make_event("contact.recorded", party, {**standard, **data}, source=source, version=version)


def erased(party: str = "party-1", *, source: str = "intake", version: int = 2) -> Event:
    return make_event("contact.erased", party, {"party_id": party}, source=source, version=version)


def registered(number: str = NUMBER, *, mode: str = LIVE, **data: Any) -> Event:
    standard = {
        "number": number,
        "estate": ESTATE,
        "path": PATH,
        "channel": "web",
        "kind": "complaint",
        "text": "电梯坏了",
        "received_at": DEFAULT_START,
        "recorded_at": DEFAULT_START,
        "anonymous": False,
        "party_id": "party-1",
    }
    return make_event(
        "complaint.registered", number, {**standard, **data}, source="intake", estate=ESTATE, mode=mode
    )


def assigned(
    number: str = NUMBER,
    *,
    version: int = 2,
    assignee: str = "staff-9",
    mode: str = LIVE,
    parent: str | None = None,
) -> Event:
    data = {
        "number": number,
        "parent": parent,
        "work_order_id": "wo-1",
        "department": "engineering",
        "assignee": assignee,
        "at": DEFAULT_START,
    }
    return make_event("workorder.assigned", number, data, source="routing", version=version, mode=mode)


def escalated(cause: str, receivers: list[str], *, version: int = 5, mode: str = LIVE, **data: Any) -> Event:
    standard = {
        "number": NUMBER,
        "cause": cause,
        "level": 1,
        "action": "tell",
        "receivers": receivers,
        "clock": "answer",
        "clocks": ["answer"],
        "due_at": DEFAULT_START,
        "at": DEFAULT_START,
    }
    return make_event(
        "complaint.escalated", NUMBER, {**standard, **data}, source="routing", version=version, mode=mode
    )


def verified(verdict: str, number: str = NUMBER, *, version: int = 4, mode: str = LIVE) -> Event:
    data = {"number": number, "verdict": verdict, "reasons": ["other"], "by": "staff-9", "at": DEFAULT_START}
    if verdict == "invalid":
        data |= {
            "status": "invalid",
            "explanation": "该路段由市政管理，已代为反映。",
            "approved_by": "staff-1",
        }
    else:
        data["status"] = "assigned"
    return make_event("complaint.verified", number, data, source="routing", version=version, mode=mode)


def resolved(number: str = NUMBER, *, version: int = 5, round: int = 1, mode: str = LIVE) -> Event:
    data = {"number": number, "result": "电梯已修复。", "round": round, "at": DEFAULT_START}
    return make_event("complaint.resolved", number, data, source="routing", version=version, mode=mode)


def closed(number: str = NUMBER, *, version: int = 6) -> Event:
    data = {"number": number, "closed_as": "by_staff", "at": DEFAULT_START}
    return make_event("complaint.closed", number, data, source="routing", version=version)


def reopened(number: str = NUMBER, *, version: int = 6, round: int = 2) -> Event:
    data = {"number": number, "cause": "staff", "round": round, "at": DEFAULT_START}
    return make_event("complaint.reopened", number, data, source="routing", version=version)


def known() -> list[Event]:
    """The estate, the resident, the handler and the complaint."""
    staff = contact("staff-9", source="routing", phone="+8613900001111", name="李伟")
    return [estate(), contact(), staff, registered()]
