"""The queues as the bench sees them: filled before a run, counted while it goes on."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import amqp

from tests.bench.machine import Machine


class Broker:
    """A connection of the administrator into one virtual host."""

    def __init__(self, machine: Machine, vhost: str) -> None:
        url = urlsplit(machine.rabbit.amqp_url(vhost))
        self._connection = amqp.Connection(
            f"{url.hostname}:{url.port}", userid=url.username, password=url.password, virtual_host=vhost
        )
        self._connection.connect()
        self._channel = self._connection.channel()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def depth(self, queue: str) -> int:
        """How many messages wait in a queue and were not handed out."""
        waiting: int = self._channel.queue_declare(queue, passive=True).message_count
        return waiting

    def consumers(self, queue: str) -> int:
        """How many consumers a queue has."""
        attached: int = self._channel.queue_declare(queue, passive=True).consumer_count
        return attached

    def purge(self, *queues: str) -> None:
        """Take everything out of these queues."""
        for queue in queues:
            self._channel.queue_purge(queue)

    def fill(self, queue: str, bodies: Iterable[bytes]) -> None:
        """Put persistent messages straight into a queue, and wait until it holds them safely."""
        channel = self._connection.channel()
        channel.confirm_select()
        confirmed = _Confirmed()
        channel.events["basic_ack"].add(confirmed.on_ack)
        sent = 0
        for body in bodies:
            message = amqp.Message(body, delivery_mode=2, content_type="application/cloudevents+json")
            channel._basic_publish(message, "", queue, mandatory=True)
            sent += 1
        while confirmed.count < sent:
            self._connection.drain_events(timeout=30)
        channel.close()


class _Confirmed:
    """How many publishes were confirmed."""

    def __init__(self) -> None:
        self.count = 0
        self._highest = 0
        self._single: set[int] = set()

    def on_ack(self, tag: int, multiple: bool) -> None:
        """Take one confirm of the broker."""
        if multiple:
            self._single = {each for each in self._single if each > tag}
            self._highest = max(self._highest, tag)
        else:
            self._single.add(tag)
        self.count = self._highest + len(self._single)
