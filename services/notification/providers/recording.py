"""The provider that keeps what it was given: a full one for tests, with faults on order."""

from __future__ import annotations

import threading
from collections.abc import Callable

from services.notification.providers import Message, Receipt


class RecordingProvider:
    """Keeps every call in `calls` and each message once in `messages`.

    `before` runs in each call before anything is taken over and may raise what a provider may raise, or block.
    """

    def __init__(self, before: Callable[[Message], None] = lambda message: None) -> None:
        self.before = before
        self.calls: list[Message] = []
        self._messages: dict[str, Message] = {}
        self._lock = threading.Lock()

    @property
    def messages(self) -> list[Message]:
        """The messages taken over, in order, without repetitions."""
        with self._lock:
            return list(self._messages.values())

    def send(self, message: Message) -> Receipt:
        """Take the message over."""
        with self._lock:
            self.calls.append(message)
        self.before(message)
        with self._lock:
            self._messages.setdefault(message.key, message)
        return Receipt(reference=f"recorded:{message.key}")
