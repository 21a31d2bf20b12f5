"""Clocks as a reader sees them: how they stand and why, in his language and the estate's time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.chassis.http.problems import language
from services.chassis.i18n import Message, Translator
from services.routing.domain.clocks import Verdict
from services.routing.domain.clocks.record import Pause
from services.routing.domain.clocks.regime import Regime
from services.routing.usecases.clocks.explaining import CaseClocks, Explained

_MINUTE: Final = timedelta(minutes=1)


def told(clocks: CaseClocks, translator: Translator, now: datetime) -> list[dict[str, Any]]:
    """The clocks of a case for `ClockSchema`."""
    zone = ZoneInfo(clocks.estate.zone)
    return [_clock(clock, clocks.regime, zone, translator, now) for clock in clocks.clocks]


def _clock(
    clock: Explained, regime: Regime, zone: ZoneInfo, translator: Translator, now: datetime
) -> dict[str, Any]:
    row, judged = clock.row, clock.judgement
    kept = dict(judged.paused)
    running = row["stopped_at"] is None
    return {
        **row,
        "verdict": judged.verdict,
        "used_seconds": int(judged.used.total_seconds()),
        "remaining_seconds": int(judged.remaining.total_seconds()),
        "periods": [{"starts": starts, "ends": ends} for starts, ends in judged.periods],
        "pauses": [
            {**pause._asdict(), "kept_seconds": int(kept.get(at, timedelta()).total_seconds())}
            for pause, at in zip(clock.pauses, _pauses(clock), strict=True)
        ],
        "paused": running and any(at.end is None and at.start <= now < at.until for at in _pauses(clock)),
        "explanation": _sentence(clock, regime, zone, translator),
    }


def _sentence(clock: Explained, regime: Regime, zone: ZoneInfo, translator: Translator) -> str:
    """How a clock stands and why, as a sentence for the reader."""
    row, judged, tongue = clock.row, clock.judgement, language()
    running = row["stopped_at"] is None
    late = judged.verdict is Verdict.BREACHED
    key = f"clock_told_{'late' if late else 'in_time'}_{'running' if running else 'stopped'}"
    text = translator.text
    sentence = text(
        key,
        tongue,
        clock=Message(f"clock_{row['name']}"),
        due=judged.due_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        target=_length(judged.used + judged.remaining),
        used=_length(judged.used),
        remaining=_length(abs(judged.remaining)),
    )
    for pause, kept in judged.paused:
        reason = regime.pause_reason(pause.reason)
        label = getattr(reason.label, tongue) if reason else pause.reason
        sentence += text("clock_told_pause", tongue, reason=label, kept=_length(kept))
    return sentence


def _pauses(clock: Explained) -> list[Pause]:
    return [Pause(row.paused_at, row.until, row.reason, row.resumed_at) for row in clock.pauses]


def _length(length: timedelta) -> Message:
    """A length of time to the minute, seconds for less than one."""
    if length < _MINUTE:
        return Message("length_seconds", {"seconds": int(length.total_seconds())})
    hours, minutes = divmod(length // _MINUTE, 60)
    if not hours:
        return Message("length_minutes", {"minutes": minutes})
    return Message("length_hours", {"hours": hours, "minutes": minutes})
