"""Puts the sample in, step by step; every step may be repeated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.sample import content
from services.sample.client import Client, Refused
from services.sample.content import Example

PASSWORD = "linli-demo"  # noqa: S105
_OPEN_CHANNELS = ("web", "app", "wechat")
_PATIENCE = 60.0


class TooSlow(Exception):
    """What was waited for did not come about."""


@dataclass(frozen=True)
class Made:
    """A complaint that was made, with the claim code of its receipt."""

    example: Example
    number: str
    claim_code: str


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    """Look until there is an answer. Raises `TooSlow`."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            found = look()
        except (Refused, OSError):
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise TooSlow(what)


def fill(public: Client) -> list[Made]:
    """Write the group, its people and its complaints; returns the complaints."""
    group = wait_for("sign-in", lambda: public.signed_in("group", PASSWORD))
    group.post("/api/intake/estates/import", content.table("estates"), key="sample-estates")
    group.post("/api/intake/households/import", content.households(), key="sample-households")
    group.post("/api/routing/departments/import", content.table("departments"), key="sample-departments")
    group.post("/api/routing/staff/import", content.staff(PASSWORD), key="sample-staff")
    centre = public.signed_in("centre", PASSWORD)
    return [make(public, centre, example) for example in content.examples()]


def make(public: Client, centre: Client, example: Example) -> Made:
    """Make one complaint, as the resident himself or as the centre that took it."""
    client = public if example.body["channel"] in _OPEN_CHANNELS else centre
    receipt = client.post("/api/intake/complaints", example.body, key=f"sample-complaint-{example.index}")
    return Made(example, receipt["number"], receipt["claim_code"])


def drive(public: Client, complaints: Iterable[Made]) -> None:
    """Take the complaints that have steps as far as these go. What was done before stays as it is."""
    director = public.signed_in("director", PASSWORD)
    people = Handlers(public, director)
    for made in complaints:
        if made.example.steps == "withdrawn":
            _once(partial(public.post, _path(made, "withdrawal"), {"claim_code": made.claim_code}))
        elif made.example.steps in ("answered", "resolved", "satisfied", "dissatisfied"):
            _handle(public, director, people, made)


class Handlers:
    """The people of the estate, signed in when they are first needed."""

    def __init__(self, public: Client, director: Client) -> None:
        self._public = public
        page = director.get("/api/routing/staff?page_size=100")
        self._usernames = {person["id"]: person["username"] for person in page["items"]}
        self._clients: dict[str, Client] = {}

    def client(self, staff_id: str) -> Client:
        """The client of this person."""
        username = self._usernames[staff_id]
        if username not in self._clients:
            self._clients[username] = self._public.signed_in(username, PASSWORD)
        return self._clients[username]


def _handle(public: Client, director: Client, people: Handlers, made: Made) -> None:
    order = wait_for("a work order", lambda: _assigned(director, made.number))
    handler = people.client(order["assignee"])
    _take(handler, order, "accept", {})
    _take(handler, order, "answer", {"note": "您好，我们已收到您的反映并安排人员处理，今天内给您答复。"})
    if made.example.steps == "answered":
        return
    _take(handler, order, "arrive", {})
    _take(handler, order, "resolve", {"note": "已到现场处理完毕，请您查看，如仍有问题请随时联系我们。"})
    _take(director, order, "sign-off", {})
    if made.example.steps in ("satisfied", "dissatisfied"):
        wait_for(
            "the result", lambda: public.get(_path(made))["status"] in ("resolved", "closed", "reopened")
        )
        rating = {"claim_code": made.claim_code, "satisfaction": made.example.steps}
        _once(lambda: public.post(_path(made, "rating"), rating, key=f"sample-rating-{made.number}"))


def _take(client: Client, order: Mapping[str, Any], step: str, body: Mapping[str, Any]) -> None:
    path, key = f"/api/routing/work-orders/{order['id']}/{step}", f"sample-{step}-{order['id']}"
    _once(lambda: client.post(path, body, key=key))


def _assigned(director: Client, number: str) -> Any:
    case = director.get(f"/api/routing/complaints/{number}")
    return next((order for order in case["work_orders"] if order["assignee"]), None)


def _once(act: Callable[[], Any]) -> None:
    """Do what may have been done before a restart."""
    try:
        act()
    except Refused as refused:
        if refused.status != 409:
            raise


def _path(made: Made, what: str = "") -> str:
    return f"/api/intake/complaints/{made.number}" + (f"/{what}" if what else "")
