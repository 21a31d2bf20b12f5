"""Pausing a clock for a reason the policy has, and letting it go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.record import Pause
from services.routing.domain.clocks.regime import Limit, Regime
from services.routing.domain.policy.clocks import PauseReason
from services.routing.storage import cases, estates, timeline, work_orders
from services.routing.storage import clocks as rows
from services.routing.usecases.clocks.computing import COMPUTED, computed, pauses_from
from services.routing.usecases.clocks.moments import DUE_ON_ORDERS
from services.routing.usecases.clocks.starting import matter_of
from services.routing.usecases.clocks.telling import Change, tell_changed
from services.routing.usecases.context import Rules


@dataclass(frozen=True, slots=True)
class _Held:
    """A running clock and its case, held until the transaction ends."""

    case: Row[Any]
    clock: Row[Any]
    pauses: tuple[Pause, ...]
    regime: Regime
    limit: Limit

    @property
    def key(self) -> rows.Key:
        return (self.clock.number, self.clock.name, self.clock.occurrence)


def pause(
    work: UnitOfWork,
    rules: Rules,
    number: str,
    name: ClockName,
    *,
    scope: str,
    by: str,
    reason: str,
    note: str | None,
) -> None:
    """Let a clock stand still from now on, at the longest for what its reason has left; `note` is masked.

    Raises `NotFound`; `Invalid` for a reason the policy does not have for this clock; `Conflict` for a clock that does
    not run, is paused or overdue, or has used up the time of its reason.
    """
    held = _hold(work, rules, number, name, scope)
    wanted = _reason(held.regime, name, reason)
    if held.clock.due_at < work.now:
        raise Conflict("clock_overdue")
    if _open(held, work):
        raise Conflict("clock_paused")
    spent = sum((each.over_at - each.start for each in held.pauses if each.reason == reason), timedelta())
    if spent >= wanted.longest:
        raise Conflict("clock_pause_used_up", hours=int(wanted.longest.total_seconds() // 3600))
    until = work.now + wanted.longest - spent
    text = mask(note) if note else None
    values = {"paused_at": work.now, "until": until, "reason": reason, "note": text, "by": by}
    rows.pause(
        work.connection,
        {"number": number, "clock": name.value, "occurrence": held.clock.occurrence, **values},
    )
    now_paused = Pause(work.now, until, reason)
    _change(work, held, (*held.pauses, now_paused), Change.PAUSED, by=by, reason=reason, text=text)


def resume(
    work: UnitOfWork,
    rules: Rules,
    number: str,
    name: ClockName,
    *,
    scope: str,
    by: str,
    note: str | None,
) -> None:
    """Let a paused clock go on; `note` is masked. Raises `NotFound`, and `Conflict` for one that is not paused."""
    held = _hold(work, rules, number, name, scope)
    if not _open(held, work):
        raise Conflict("clock_not_paused")
    last = held.pauses[-1]
    rows.resume(work.connection, held.key, last.start, work.now)
    ended = Pause(last.start, last.until, last.reason, work.now)
    text = mask(note) if note else None
    _change(work, held, (*held.pauses[:-1], ended), Change.RESUMED, by=by, reason=last.reason, text=text)


def _hold(work: UnitOfWork, rules: Rules, number: str, name: ClockName, scope: str) -> _Held:
    connection = work.connection
    case = cases.lock_one(connection, number, scope=scope)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if Status(case.status) in ENDED:
        raise Conflict("case_already_ended", status=Message(f"case_status_{case.status}"))
    running = rows.lock_running(connection, {(number, name.value)})
    regime = rules.regimes.of(estates.estates_of(connection, [case.estate])[case.estate])
    limit = regime.limit(name, matter_of(case))
    if not running or limit is None:
        raise Conflict("clock_not_running", clock=Message(f"clock_{name.value}"))
    clock = running[-1]
    kept = rows.pauses_of(connection, [number])
    return _Held(case, clock, pauses_from(kept[number, name.value, clock.occurrence]), regime, limit)


def _reason(regime: Regime, name: ClockName, code: str) -> PauseReason:
    reason = regime.pause_reason(code)
    if reason is None:
        possible = ", ".join(regime.pause_reasons)
        raise Invalid(fields={"reason": [Message("clock_reason_unknown", {"possible": possible})]})
    if name.value not in reason.clocks:
        possible = ", ".join(reason.clocks)
        raise Invalid(fields={"reason": [Message("clock_reason_not_for", {"possible": possible})]})
    return reason


def _open(held: _Held, work: UnitOfWork) -> bool:
    """Whether the clock is paused now."""
    return bool(held.pauses) and held.pauses[-1].end is None and work.now < held.pauses[-1].until


def _change(
    work: UnitOfWork,
    held: _Held,
    pauses: tuple[Pause, ...],
    change: Change,
    *,
    by: str,
    reason: str,
    text: str | None,
) -> None:
    case, row = held.case, held.clock._asdict()
    after = computed(row, pauses, held.regime, held.limit, matter_of(case), historical=case.historical)
    rows.change(work.connection, COMPUTED, [after])
    work_orders.follow_clocks(work.connection, [case.number], DUE_ON_ORDERS)
    details = {
        "clock": row["name"],
        "reason": reason,
        "until": pauses[-1].over_at,
        "due_before": row["due_at"],
        "due_at": after["due_at"],
    }
    entry = timeline.entry(case.number, work.now, f"clock_{change.value}", by=by, text=text, details=details)
    timeline.append(work.connection, [entry])
    tell_changed(work, case, after, change, due_before=row["due_at"], reason=reason, by=by)
