"""What happens to a received message: decode, claim, handle, and what becomes of one that fails (DESIGN §2.3, §2.5, §2.6).

Nothing here knows a transport or a loop: `worker` feeds it with deliveries and acknowledges what it has dealt with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.chassis import dead_letters, generations, inbox, retries
from services.chassis.database import Database
from services.chassis.dead_letters import DeadLetter
from services.chassis.effects import DatabaseAbsent, Effects, Handler, Incoming, own_database
from services.chassis.envelope import BadMessage, decode
from services.chassis.errors import Decision, policy_for
from services.chassis.events import Event
from services.chassis.horizons import TOO_OLD, TooOld
from services.chassis.loops import Deadline
from services.chassis.metrics import PlatformMetrics
from services.chassis.sql import told

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Unreadable:
    """A message that cannot be read, and why. `replay` is whether it was sent again from an archive."""

    body: bytes
    error: BadMessage
    replay: bool

    def letter(self, attempts: int = 1, event_id: str | None = None) -> DeadLetter:
        """What is kept of it."""
        error = self.error
        return DeadLetter(
            error.reason,
            error.cause,
            self.body,
            attempts,
            error.event_id or event_id,
            error.name,
            error.subject,
            self.replay,
        )


@dataclass(frozen=True)
class Handling:
    """How one consumer deals with messages. `handlers` run in the order of the table, each batch within `deadline`."""

    consumer: str
    database: Database
    handlers: Mapping[str, Handler]
    metrics: PlatformMetrics
    deadline: Deadline

    @property
    def _effects(self) -> Effects:
        return Effects(self.consumer, self.database, self.handlers, self.metrics, self.deadline)

    @property
    def _lease(self) -> timedelta:
        """How long an attempt is nobody else's: somewhat longer than a handler may take."""
        return timedelta(seconds=1.5 * self.deadline.seconds)

    def read(self, body: bytes, replay: bool) -> Incoming:
        """Decode a message. Raises `BadMessage`, also for an event nobody here handles."""
        try:
            event = decode(body, self.database.catalogue)
        except BadMessage:
            raise
        except Exception as error:
            # Whatever a schema trips over: a message that cannot be read must not stop those behind it (DESIGN §2.5).
            _log.exception("message_unreadable", consumer=self.consumer)
            raise BadMessage("unreadable", f"{type(error).__name__}: {error}") from error
        if event.name not in self.handlers:
            raise BadMessage(
                "unknown_type", f"{self.consumer} does not handle {event.name}", event_id=event.id
            )
        return Incoming(event, body, replay)

    def batch(self, messages: Sequence[Incoming]) -> None:
        """Handle fresh messages in one transaction; if that fails, each by itself.

        Raises `DatabaseAbsent`; everything else is dealt with.
        """
        if not self.together(messages):
            for message in messages:
                self.singly(message)

    def together(self, messages: Sequence[Incoming]) -> bool:
        """Handle fresh messages in one transaction; false when that fails, then each is to be handled `singly`.

        Raises `DatabaseAbsent`.
        """
        try:
            self._effects.apply(messages)
        except DatabaseAbsent:
            raise
        except Exception as error:
            _log.info(
                "batch_failed", consumer=self.consumer, events=len(messages), error=type(error).__name__
            )
            return False
        return True

    def singly(self, message: Incoming) -> None:
        """Handle one fresh message; if that fails it waits in the table. Raises `DatabaseAbsent`."""
        try:
            self._effects.apply([message])
        except DatabaseAbsent:
            raise
        except Exception as error:
            attempt = self._begin_attempt(message)
            if attempt is not None:
                self._failed(message, attempt, error)

    def alone(self, message: Incoming) -> None:
        """Handle one message whose earlier delivery was not acknowledged: its attempt is committed first."""
        attempt = self._begin_attempt(message)
        if attempt is not None:
            self._attempt(message, attempt)

    def retry_due(self) -> bool:
        """Take one message whose next attempt is due and handle it; false when none is due."""
        with own_database(), self.database.begin() as work:
            attempt = retries.take_due(work.connection, self.consumer, work.now, self._lease)
        if attempt is None:
            return False
        try:
            message = self.read(attempt.body, attempt.replay)
        except BadMessage as error:
            self._bury_attempted(Unreadable(attempt.body, error, attempt.replay), attempt)
            return True
        self._attempt(message, attempt)
        return True

    def bury(self, messages: Sequence[Unreadable]) -> None:
        """Keep messages that cannot be read, with their raw bytes, before they are acknowledged (RELIABILITY M8).

        All in one transaction: many bad ones must not slow down the good ones among them (RELIABILITY F14).
        """
        letters = [message.letter() for message in messages]
        with own_database(), self.database.begin() as work:
            dead_letters.bury_all(work.connection, self.consumer, letters, work.now)
        for message in messages:
            self._buried(message.error)

    def _bury_attempted(self, message: Unreadable, attempt: retries.Retry) -> None:
        """The same for one that could be read when it was put into the table."""
        letter = message.letter(attempt.attempts, attempt.event_id)
        with own_database(), self.database.begin() as work:
            dead_letters.bury(work.connection, self.consumer, letter, work.now)
            retries.finish(work.connection, self.consumer, attempt.event_id)
        self._buried(message.error)

    def _buried(self, error: BadMessage) -> None:
        # The name may be anybody's invention, and a label must not be.
        name = error.name if error.name in self.handlers else "other"
        self.metrics.events_handled.labels(self.consumer, name, "dead_letter").inc()
        _log.error("message_buried", consumer=self.consumer, reason=error.reason, event_id=error.event_id)

    def _begin_attempt(self, message: Incoming) -> retries.Retry | None:
        event = message.event
        with own_database(), self.database.begin() as work:
            return retries.begin_attempt(
                work.connection,
                self.consumer,
                event.id,
                event.name,
                event.subject,
                message.body,
                message.replay,
                work.now,
                self._lease,
            )

    def _attempt(self, message: Incoming, attempt: retries.Retry) -> None:
        if attempt.hopeless:
            self._give_up(message, "crashed", "every attempt ended the process", attempt.attempts - 1)
            return
        try:
            self._effects.apply([message], retried=True)
        except DatabaseAbsent:
            # At best: a message must not look dangerous because the database went away under it again and again.
            with suppress(DatabaseAbsent), own_database(), self.database.begin() as work:
                retries.withdraw_attempt(work.connection, self.consumer, message.event.id, work.now)
            raise
        except Exception as error:
            self._failed(message, attempt, error)

    def _failed(self, message: Incoming, attempt: retries.Retry, error: Exception) -> None:
        decision = policy_for(error).decision
        event, now = message.event, self.database.clock.now()
        cause = told(error)
        if decision is Decision.ACKNOWLEDGE:
            self._refuse(message)
        elif decision is Decision.DEAD_LETTER:
            reason = TOO_OLD if isinstance(error, TooOld) else "refused"
            self._give_up(message, reason, cause, attempt.attempts)
        elif decision is Decision.RETRY_FOR_EVER:
            self._postpone(event, cause, retries.MISSING_LONGEST_PAUSE / 20)
        else:
            pause = retries.next_pause(decision, attempt.attempts, now - attempt.first_at)
            log = _log.info if decision is Decision.RETRY_MISSING else _log.exception
            log(
                "event_failed",
                consumer=self.consumer,
                name=event.name,
                event_id=event.id,
                attempts=attempt.attempts,
            )
            if pause is None:
                reason = "missing" if decision is Decision.RETRY_MISSING else "bug"
                self._give_up(message, reason, cause, attempt.attempts)
            else:
                self._postpone(event, cause, pause)

    def _postpone(self, event: Event, cause: str, pause: timedelta) -> None:
        with own_database(), self.database.begin() as work:
            retries.schedule(work.connection, self.consumer, event.id, cause, work.now + pause)
        self.metrics.events_handled.labels(self.consumer, event.name, "retry").inc()

    def _refuse(self, message: Incoming) -> None:
        """A conflict: the event came too late to matter. It is known from now on and has no effect."""
        with own_database(), self.database.begin() as work:
            for generation in generations.written(work.connection, self.consumer):
                inbox.claim(
                    work.connection, self.consumer, generation, [message.event], replayed=message.replay
                )
            retries.finish(work.connection, self.consumer, message.event.id)
        self.metrics.events_handled.labels(self.consumer, message.event.name, "conflict").inc()

    def _give_up(self, message: Incoming, reason: str, cause: str, attempts: int) -> None:
        event = message.event
        letter = DeadLetter(
            reason, cause, message.body, attempts, event.id, event.name, event.subject, message.replay
        )
        with own_database(), self.database.begin() as work:
            dead_letters.bury(work.connection, self.consumer, letter, work.now)
            retries.finish(work.connection, self.consumer, event.id)
        self.metrics.events_handled.labels(self.consumer, event.name, "dead_letter").inc()
        _log.error(
            "message_buried", consumer=self.consumer, reason=reason, name=event.name, event_id=event.id
        )
