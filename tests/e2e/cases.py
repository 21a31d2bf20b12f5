"""One complaint of a journey, seen and moved by those who have to do with it."""

from __future__ import annotations

from typing import Any

from services.chassis.testing import eventually
from tests.e2e.client import People
from tests.e2e.group import phone, unit

LIFT = "3栋电梯今天早上又困人了,请马上派人来看看。我的电话是13912345678。"
#: Long enough for two cores that do other things too (seconds).
PATIENCE = 30.0


class Case:
    """A complaint of the estate maple; its work is done by `handler`, signed off by `head`."""

    def __init__(self, people: People, number: str, claim_code: str) -> None:
        self.people = people
        self.number = number
        self.claim_code = claim_code

    @property
    def shown(self) -> Any:
        """The case as its director sees it."""
        return self.people["director"].get(f"/api/routing/complaints/{self.number}")

    @property
    def progress(self) -> Any:
        """What anybody sees who knows the number; to be asked for a hundred times a minute at most."""
        return self.people.public.get(f"/api/intake/complaints/{self.number}")

    def order(self, round_: int = 1) -> Any:
        """Its work order of a round, once somebody has it."""

        def look() -> Any:
            answer = self.people["director"].request("GET", f"/api/routing/complaints/{self.number}")
            orders = answer.json()["work_orders"] if answer.ok else []
            return next((each for each in orders if each["round"] == round_ and each["assignee"]), None)

        return eventually(look, PATIENCE, interval=0.1)

    def step(self, who: str, order: Any, step: str, note: str | None = None) -> Any:
        """A person takes a step of a work order."""
        body = {"note": note} if note else {}
        return self.people[who].post(f"/api/routing/work-orders/{order['id']}/{step}", body)

    def resolve(self, round_: int = 1) -> None:
        """The shortest way to the end of a round."""
        order = self.order(round_)
        self.step("handler", order, "accept")
        if "answer" in self.step("handler", order, "progress", "正在处理")["allowed"]:
            self.step("handler", order, "answer", "您好,我们马上安排人员上门。")
        self.step("handler", order, "resolve", "已修好,请您查看。")
        self.step("head", order, "sign-off")

    def callback(self) -> Any:
        """The open callback task."""
        return eventually(lambda: self.callbacks("open"), PATIENCE, interval=0.1)[0]

    def callbacks(self, status: str) -> list[Any]:
        """The callback tasks in a status."""
        query = {"number": self.number, "status": status}
        items: list[Any] = self.people["receiver"].get("/api/notification/callbacks", **query)["items"]
        return items

    def call_back(self, outcome: str, comment: str | None = None) -> Any:
        """The receiver takes the task, calls, and reports."""
        task = f"/api/notification/callbacks/{self.callback()['id']}"
        claimed = self.people["receiver"].post(f"{task}/claim")
        self.people["receiver"].post(f"{task}/outcome", {"outcome": outcome, "comment": comment})
        return claimed

    def rate(self, satisfaction: str) -> None:
        """The complainant rates, once he sees that it is resolved."""
        eventually(lambda: self.progress["status"] == "resolved", PATIENCE, interval=0.5)
        body = {"claim_code": self.claim_code, "satisfaction": satisfaction}
        self.people.public.post(f"/api/intake/complaints/{self.number}/rating", body)

    def closed(self) -> Any:
        """The case once it is closed or withdrawn."""

        def look() -> Any:
            case = self.shown
            return case if case["status"] in ("closed", "withdrawn") else None

        return eventually(look, PATIENCE, interval=0.1)


def complain(people: People, household: int | None, who: str | None = None, **fields: Any) -> Case:
    """Make a complaint in maple: of a household or of nobody known, by the web form or written down by `who`."""
    client = people[who] if who else people.public
    body = {"estate": "maple", "channel": "web", "text": LIFT, **fields}
    if household:
        body["reporter"] = {"name": "王秀英", "phone": phone(household), "unit": unit(household)}
    receipt = client.post("/api/intake/complaints", body)
    return Case(people, receipt["number"], receipt["claim_code"])


def kpis(people: People, scope: str, by: str = "estate", **query: Any) -> dict[str, Any]:
    """The KPIs of a subtree by key, as the group sees them."""
    rows = people["group"].get("/api/analytics/kpis", scope=scope, by=by, **query)["rows"]
    return {row["key"]: row for row in rows}
