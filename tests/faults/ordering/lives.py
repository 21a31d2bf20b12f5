"""What is published of one complaint from its receipt to its end, by every service that has a word in it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from services.chassis.events import HISTORICAL, LIVE, Event
from services.chassis.testing.clock import DEFAULT_START
from services.chassis.testing.services import make_event
from tests.integration.notification.stories import ESTATE, PATH

RATED, CALLED_BACK, INVALID, WITHDRAWN, PAST = "rated", "called_back", "invalid", "withdrawn", "past"
#: A complaint of the past ends as its records say, in one round.
ENDINGS = (RATED, CALLED_BACK, INVALID, WITHDRAWN, PAST)


class Life:
    """One complaint. Each source numbers what it says from 1, without gaps."""

    def __init__(self, number: str, rounds: int, ending: str) -> None:
        """`rounds` counts how often it is resolved: after each but the last it is opened again."""
        self.number = number
        self.rounds = rounds
        self.ending = ending
        self.events: list[Event] = []
        self._versions: Counter[str] = Counter()
        if ending == PAST:
            self._take_over()
            return
        self._begin()
        for round in range(1, rounds + 1):
            if round > 1:
                self._routing("complaint.reopened", cause="callback", round=round)
            self._work(round)
        self._end()

    def _take_over(self) -> None:
        answered, resolved, closed = (DEFAULT_START + timedelta(days=days) for days in (2, 3, 4))
        history = {
            "source": "old",
            "category": "设施/电梯",
            "place": "3 号楼",
            "channel": "热线",
            "answered_at": answered,
            "resolved_at": resolved,
            "closed_at": closed,
        }
        self._register(history=history)
        self._classify(history["category"])
        self._routing("complaint.answered", by="old", text="–", at=answered)
        self._routing("complaint.resolved", result="–", round=1, at=resolved)
        self._routing("complaint.closed", closed_as="by_staff", at=closed)
        due = DEFAULT_START + timedelta(hours=24)
        self._routing("clock.breached", clock="answer", started_at=DEFAULT_START, due_at=due)

    def _register(self, **others: Any) -> None:
        self._say(
            "intake",
            "complaint.registered",
            estate=ESTATE,
            path=PATH,
            channel="web",
            kind="complaint",
            text="电梯坏了",
            received_at=DEFAULT_START,
            recorded_at=DEFAULT_START,
            anonymous=False,
            household_id="home-1",
            location="3 号楼",
            **others,
        )

    def _begin(self) -> None:
        self._register(party_id="party-1")
        self._classify("facility.lift")
        due = DEFAULT_START + timedelta(minutes=10)
        self._routing("clock.breached", clock="dispatch", started_at=DEFAULT_START, due_at=due)

    def _work(self, round: int) -> None:
        order = {"work_order_id": f"order-{round}", "by": "staff-9", "note": "在修了。"}
        self._routing(
            "workorder.assigned", work_order_id=f"order-{round}", department="d", assignee="staff-9"
        )
        self._classify(f"service.round{round}")
        self._routing("workorder.accepted", **order)
        self._verified("valid", status="in_progress")
        if round == 1:
            self._routing("complaint.answered", by="staff-9", text="马上来。")
        self._routing("workorder.resolved", **order)
        self._routing("complaint.resolved", result="修好了。", round=round)

    def _end(self) -> None:
        if self.ending == WITHDRAWN:
            self._say("intake", "complaint.withdrawn", at=self._now)
            return
        if self.ending == INVALID:
            self._verified("invalid", status="invalid", explanation="不属于物业服务范围。")
            self._routing("complaint.closed", closed_as="invalid")
            return
        if self.ending == RATED:
            self._say("intake", "complaint.rated", satisfaction="satisfied", at=self._now)
        else:
            call = {"callback_id": "call", "attempts": 1, "round": self.rounds, "outcome": "dissatisfied"}
            self._say("notification", "callback.completed", at=self._now, **call)
        self._routing("complaint.closed", closed_as="by_staff")

    def _verified(self, verdict: str, **data: Any) -> None:
        self._routing("complaint.verified", verdict=verdict, reasons=["other"], by="staff-9", **data)

    def _classify(self, category: str) -> None:
        rules = {"category_rule": "r", "urgency_rule": "r", "pack": "1"}
        self._routing("complaint.classified", category=category, urgency="normal", **rules)

    def _routing(self, name: str, **data: Any) -> None:
        self._say("routing", name, **{"at": self._now, **data})

    def _say(self, source: str, name: str, **data: Any) -> None:
        self._versions[source] += 1
        self.events.append(
            make_event(
                name,
                self.number,
                {"number": self.number, **data},
                source=source,
                version=self._versions[source],
                estate=ESTATE,
                mode=HISTORICAL if self.ending == PAST else LIVE,
            )
        )

    @property
    def _now(self) -> Any:
        return DEFAULT_START + timedelta(minutes=len(self.events))
