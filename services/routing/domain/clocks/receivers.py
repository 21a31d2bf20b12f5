"""Who a level of escalation reaches: roles relative to a case become people (R92-R94, R104)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.routing.domain.policy.escalation import Receiver
from services.routing.domain.staff import Leader

#: Receivers that are roles of staff.
LEADING: Final = tuple(
    each.value for each in (Receiver.HEAD, Receiver.DIRECTOR, Receiver.CENTRE, Receiver.GROUP)
)

#: Who is told where nobody has a role: the next above.
_ABOVE: Final = {
    Receiver.DUTY: Receiver.HANDLER,
    Receiver.HANDLER: Receiver.HEAD,
    Receiver.HEAD: Receiver.DIRECTOR,
    Receiver.DIRECTOR: Receiver.CENTRE,
    Receiver.CENTRE: Receiver.GROUP,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands around a case: those who handle it and their departments, who is on duty, and the leaders above it.

    `leaders` are at the path of the estate or above it.
    """

    handlers: tuple[str, ...]
    departments: tuple[str, ...]
    duty: tuple[str, ...]
    leaders: tuple[Leader, ...]

    def people(self, receiver: Receiver) -> tuple[str, ...]:
        """The people of one role, of leaders the nearest ones; none where nobody has it."""
        if receiver is Receiver.HANDLER:
            return self.handlers
        if receiver is Receiver.DUTY:
            return self.duty
        fitting = [
            leader
            for leader in self.leaders
            if leader.role == receiver.value
            and (receiver is not Receiver.HEAD or leader.department in self.departments)
        ]
        nearest = max((len(leader.path) for leader in fitting), default=0)
        return tuple(sorted(leader.id for leader in fitting if len(leader.path) == nearest))

    def reached(self, receivers: Iterable[str]) -> tuple[str, ...]:
        """The people these receivers stand for, each once; for a role nobody has, whoever is above it."""
        found: dict[str, None] = {}
        for code in receivers:
            found |= dict.fromkeys(self._reached(Receiver(code)))
        return tuple(found)

    def _reached(self, receiver: Receiver | None) -> Sequence[str]:
        while receiver is not None:
            if people := self.people(receiver):
                return people
            receiver = _ABOVE.get(receiver)
        return ()
