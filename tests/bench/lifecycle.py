"""One complaint from its receipt to its end, as the people concerned ask for it over HTTP."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.callers import Callers
from tests.bench.complaints import complaint
from tests.bench.http_client import Answer, Caller

#: As DIGIT counts one: created, assigned and taken on, resolved, closed. Here closing it so takes a second person (R51).
SHORT = ("accept", "resolve", "close", "close-approval")
#: The whole way: the complainant is answered, the department signs, the complainant rates, which closes it.
FULL = ("accept", "answer", "resolve", "sign-off", "rating")

_NOTE = {"note": "已安排人员上门处理，请您放心。"}
#: Seconds between looks whether somebody has the work order.
_LOOK = 0.1
_LOOKS = 300


class Failed(RuntimeError):
    """A call was answered otherwise than it should."""


@dataclass
class Tally:
    """Seconds of each call by its name, and the numbers of the complaints that went their way."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ended: list[str] = field(default_factory=list)


class Client:
    """Somebody's connections to intake and routing; an ingress in front is not measured."""

    def __init__(self, callers: Callers, intake: int, routing: int, tally: Tally) -> None:
        self._callers = callers
        self._intake, self._routing = Caller(intake), Caller(routing)
        self._tally = tally

    async def live(self, at: int, way: Sequence[str]) -> None:
        """Let complaint `at` go this way. Raises `Failed`."""
        receipt = self._noted("create", await self.post(at)).json
        number = receipt["number"]
        order = await self._assigned(number)
        for step in way:
            await self._step(step, receipt, order)
        self._tally.ended.append(number)

    async def post(self, at: int) -> Answer:
        """Post the complaint, whatever comes of it."""
        return await self._intake.request(
            "POST",
            "/api/intake/complaints",
            complaint(at),
            token=self._callers.token("centre"),
            Idempotency_Key=secrets.token_hex(16),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._intake.close()
        self._routing.close()

    async def _assigned(self, number: str) -> Any:
        path, token = f"/api/routing/complaints/{number}", self._callers.token("centre")
        for _ in range(_LOOKS):
            await asyncio.sleep(_LOOK)
            answer = await self._routing.request("GET", path, token=token)
            if answer.status == 200:
                self._tally.seconds["look"].append(answer.seconds)
                for order in answer.json["work_orders"]:
                    if order["assignee"]:
                        return order
        raise Failed(f"{number} was not assigned")

    async def _step(self, step: str, receipt: Any, order: Any) -> None:
        if step == "rating":
            await self._rate(receipt)
            return
        if step in ("close", "close-approval"):
            path = f"/api/routing/complaints/{receipt['number']}/{step}"
            asking = step == "close"
            token = self._callers.token("centre") if asking else self._callers.token("director", "second")
            body = {"reason": "电话确认已解决"} if asking else {"decision": "grant"}
        else:
            path, body = f"/api/routing/work-orders/{order['id']}/{step}", _NOTE
            signing = step == "sign-off"
            token = (
                self._callers.token("director")
                if signing
                else self._callers.token("handler", order["assignee"])
            )
        self._noted(step, await self._routing.request("POST", path, body, token=token))

    async def _rate(self, receipt: Any) -> None:
        """The complainant may rate once intake has heard that it is resolved: until then he is told to wait."""
        # Each resident has an address of his own.
        address = ".".join(str(byte) for byte in (10, *secrets.token_bytes(3)))
        body = {"claim_code": receipt["claim_code"], "satisfaction": "satisfied"}
        path = f"/api/intake/complaints/{receipt['number']}/rating"
        for _ in range(_LOOKS):
            answer = await self._intake.request("POST", path, body, X_Forwarded_For=address)
            if answer.status != 409:
                break
            await asyncio.sleep(_LOOK)
        self._noted("rating", answer)

    def _noted(self, name: str, answer: Answer) -> Answer:
        if answer.status not in (200, 201):
            raise Failed(f"{name}: {answer.status} {answer.body.decode()[:200]}")
        self._tally.seconds[name].append(answer.seconds)
        return answer
