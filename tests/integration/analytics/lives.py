"""Events as analytics receives them, with defaults, so that a test states only what matters to it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from services.chassis.events import LIVE, Event
from services.chassis.testing.services import make_event

#: Noon in Shanghai.
NOON = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)


def after(**span: float) -> datetime:
    """An instant so long after `NOON`."""
    return NOON + timedelta(**span)


def estate(code: str = "E1", *, version: int = 1, region: str | None = "east", **data: Any) -> Event:
    """An estate of the group `g`, in a region or directly below the group."""
    path = f"g/{region}/{code}" if region else f"g/{code}"
    standard = {
        "code": code,
        "name": f"Estate {code}",
        "path": path,
        "zone": "Asia/Shanghai",
        "group": "g",
        "group_name": "Group",
        "region": region,
        "region_name": region and f"Region {region}",
        "households_total": 100,
        "households_occupied": 90,
    }
    return make_event("estate.changed", code, {**standard, **data}, source="intake", version=version)


class Case:
    """Makes the events of one complaint; each source counts its versions from 1."""

    def __init__(self, number: str, estate: str = "E1", mode: str = LIVE) -> None:
        self.number = number
        self.estate = estate
        self.mode = mode
        self._versions: Counter[str] = Counter()

    def registered(self, received_at: datetime = NOON, **data: Any) -> Event:
        """By web, a complaint, without household or place."""
        standard = {
            "estate": self.estate,
            "path": f"g/east/{self.estate}",
            "channel": "web",
            "kind": "complaint",
            "text": "电梯坏了",
            "received_at": received_at,
            "recorded_at": received_at,
            "anonymous": False,
        }
        return self._event("intake", "complaint.registered", {**standard, **data})

    def withdrawn(self, at: datetime = NOON) -> Event:
        """Taken back."""
        return self._event("intake", "complaint.withdrawn", {"at": at})

    def rated(self, satisfaction: str, at: datetime = NOON) -> Event:
        """The complainant's own words."""
        return self._event("intake", "complaint.rated", {"satisfaction": satisfaction, "at": at})

    def classified(self, category: str, at: datetime = NOON, *, severity: str | None = None) -> Event:
        """A decision about the category, and about the severity if it is given."""
        rules = {"urgency": "normal", "category_rule": "r", "urgency_rule": "r", "pack": "1"}
        data = {"category": category, "severity": severity, "at": at, **rules}
        return self._event("routing", "complaint.classified", data)

    def verified(self, verdict: str, at: datetime = NOON) -> Event:
        """What was found."""
        found = {"verdict": verdict, "reasons": ["other"], "status": "in_progress", "by": "s"}
        return self._event("routing", "complaint.verified", {"at": at, **found})

    def found_invalid(self, at: datetime = NOON) -> Event:
        """Found to be no matter of ours."""
        return self.verified("invalid", at)

    def found_valid(self, at: datetime = NOON) -> Event:
        """Found to be as it was said."""
        return self.verified("valid", at)

    def assigned(
        self,
        at: datetime = NOON,
        *,
        department: str = "d",
        assignee: str = "s",
        parent: str | None = None,
    ) -> Event:
        """A work order, or a part of one, has somebody responsible."""
        order = {"work_order_id": "w", "department": department, "assignee": assignee, "parent": parent}
        return self._event("routing", "workorder.assigned", {"at": at, **order})

    def answered(self, at: datetime = NOON) -> Event:
        """The first answer."""
        return self._event("routing", "complaint.answered", {"by": "s", "text": "好", "at": at})

    def resolved(self, at: datetime = NOON, cause: str | None = None) -> Event:
        """All work orders signed off."""
        result = {"result": "修好了", "round": 1, "cause": cause}
        return self._event("routing", "complaint.resolved", {"at": at, **result})

    def reopened(self, at: datetime = NOON) -> Event:
        """Goes on."""
        return self._event("routing", "complaint.reopened", {"cause": "staff", "round": 2, "at": at})

    def closed(self, at: datetime = NOON) -> Event:
        """At its end."""
        return self._event("routing", "complaint.closed", {"closed_as": "by_staff", "at": at})

    def breached(self, clock: str, due_at: datetime = NOON) -> Event:
        """A clock ran past its target."""
        times = {"started_at": due_at, "due_at": due_at, "at": due_at}
        return self._event("routing", "clock.breached", {"clock": clock, **times})

    def clock_changed(self, clock: str, verdict: str, at: datetime = NOON) -> Event:
        """A clock stopped or was moved, and stands so."""
        change = "recomputed" if verdict == "running" else "stopped"
        told = {"occurrence": 1, "change": change, "verdict": verdict, "calendar": "office@1"}
        times = {"started_at": at, "due_at": at, "at": at}
        return self._event("routing", "clock.changed", {"clock": clock, **told, **times})

    def called_back(self, outcome: str, at: datetime = NOON) -> Event:
        """A callback ended."""
        call = {"callback_id": "c", "attempts": 1, "round": 1}
        return self._event("notification", "callback.completed", {"outcome": outcome, "at": at, **call})

    def _event(self, source: str, name: str, data: dict[str, Any]) -> Event:
        self._versions[source] += 1
        version = self._versions[source]
        return make_event(
            name,
            self.number,
            {"number": self.number, **data},
            source=source,
            version=version,
            estate=self.estate,
            mode=self.mode,
        )


def complaint(number: str, days: float, *, category: str | None = "facility", **data: object) -> list[Event]:
    """A complaint received so many days after noon, classified."""
    case = Case(number, str(data.pop("estate", "E1")))
    told = [case.registered(NOON + timedelta(days=days), **data)]
    return [*told, case.classified(category)] if category else told
