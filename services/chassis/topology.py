"""What a broker must hold, derived from the catalogue, and how it is declared through its management interface (DESIGN §3, §5).

Runtime users may configure nothing, so this is the only place that declares. It runs with a user of its own.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from services.chassis.errors import Unavailable
from services.chassis.events import Catalogue
from services.chassis.transport import EVENTS, REPLAY, dead_queue_of, queue_of

#: Exchange behind `EVENTS` that knows the queues. One binding leads to it, which is taken away while others are put in order:
#: so an event reaches all of its consumers, or none, and is sent again. A broker cannot bind two queues at once.
ROUTES = "linli.routes"
#: Exchange to which queues hand what was delivered too often.
DEAD = "linli.dead"
#: How often the broker may deliver a message before it gives it up. Our own limit of five attempts comes long before
#: (RELIABILITY M5): a smaller one kills messages that were only prefetched by a process that died.
DELIVERY_LIMIT = 200
#: Nothing stands behind the dead-letter queue, and RabbitMQ 4 would drop after 20 deliveries what has no limit of its own.
DEAD_DELIVERY_LIMIT = 1_000_000
_TIMEOUT = 10


@dataclass(frozen=True)
class Queue:
    """A quorum queue, its explicit arguments (RELIABILITY P18) and its bindings (exchange, routing key)."""

    name: str
    arguments: Mapping[str, Any]
    bindings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class User:
    """The broker user of one service: what it may write to and read from; it may configure nothing.

    `topics` maps an exchange to the routing keys it may publish there: literal keys, never patterns.
    """

    name: str
    write: tuple[str, ...]
    read: tuple[str, ...]
    topics: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Topology:
    """Everything a virtual host of Linli holds."""

    exchanges: Mapping[str, str]
    queues: tuple[Queue, ...]
    users: tuple[User, ...]


def topology_of(catalogue: Catalogue) -> Topology:
    """The topology that carries the events of `catalogue`."""
    services = catalogue.services()
    queues: list[Queue] = []
    for service in services:
        keys = sorted(catalogue.consumed_by(service))
        arguments = {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": service,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
        bindings = (*((ROUTES, key) for key in keys), (REPLAY, service))
        queues.append(Queue(queue_of(service), arguments, bindings))
        kept = {
            "x-queue-type": "quorum",
            "x-delivery-limit": DEAD_DELIVERY_LIMIT,
            "x-overflow": "reject-publish",
        }
        queues.append(Queue(dead_queue_of(service), kept, ((DEAD, service),)))
    return Topology(
        {EVENTS: "topic", ROUTES: "topic", REPLAY: "topic", DEAD: "direct"},
        tuple(queues),
        tuple(_users(catalogue)),
    )


def _users(catalogue: Catalogue) -> Iterator[User]:
    for service in catalogue.services():
        published = catalogue.published_by(service)
        consumers = frozenset(
            consumer
            for consumer in catalogue.services()
            if consumer != service and published & catalogue.consumed_by(consumer)
        )
        yield User(
            name=f"linli-{service}",
            write=(EVENTS, REPLAY),
            read=(queue_of(service), dead_queue_of(service)),
            topics={EVENTS: published, REPLAY: consumers},
        )


class Management:
    """The management interface of a broker at `url` (`http://user:password@host:port`)."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)

    def apply(self, topology: Topology, vhost: str, passwords: Mapping[str, str]) -> None:
        """Make the virtual host hold this topology. Repeating it changes nothing; queues are never deleted.

        `passwords` holds one for each user. Raises `Unavailable` when the broker does not answer or refuses.
        """
        host = quote(vhost, safe="")
        self._put(f"/api/vhosts/{host}", {})
        for name, kind in topology.exchanges.items():
            self._put(f"/api/exchanges/{host}/{quote(name)}", {"type": kind, "durable": True})
        for queue in topology.queues:
            self._put(
                f"/api/queues/{host}/{quote(queue.name)}",
                {"durable": True, "arguments": dict(queue.arguments)},
            )
        self._bind(host, topology)
        for user in topology.users:
            if user.name in passwords:
                self._permit(host, user, passwords[user.name])

    def missing(self, topology: Topology, vhost: str) -> list[str]:
        """What of this topology the virtual host lacks: names of exchanges, queues, and bindings `queue <- key`."""
        host = quote(vhost, safe="")
        exchanges = {row["name"] for row in self.get(f"/api/exchanges/{host}")}
        queues = {row["name"] for row in self.get(f"/api/queues/{host}")}
        bound = {
            (row["source"], row["routing_key"], row["destination"])
            for row in self.get(f"/api/bindings/{host}")
        }
        lacking = [name for name in topology.exchanges if name not in exchanges]
        if (EVENTS, "#", ROUTES) not in bound:
            lacking.append(f"{ROUTES} <- #")
        for queue in topology.queues:
            if queue.name not in queues:
                lacking.append(queue.name)
            lacking += [
                f"{queue.name} <- {key}"
                for exchange, key in queue.bindings
                if (exchange, key, queue.name) not in bound
            ]
        return lacking

    def get(self, path: str) -> Any:
        """What the broker answers at `path`, as JSON types."""
        return self._request("GET", path, None)

    def _bind(self, host: str, topology: Topology) -> None:
        changes = [change for queue in topology.queues for change in self._changes(host, queue)]
        gate = f"/api/bindings/{host}/e/{quote(EVENTS)}/e/{quote(ROUTES)}"
        if changes:
            for row in self.get(gate):
                self._request("DELETE", f"{gate}/{quote(row['properties_key'], safe='')}", None)
            for method, path, body in changes:
                self._request(method, path, body)
        self._request("POST", gate, {"routing_key": "#"})

    def _changes(self, host: str, queue: Queue) -> Iterator[tuple[str, str, Mapping[str, Any] | None]]:
        """What is to be asked of the broker so that a queue has its bindings and no others: method, path, body."""
        wanted = set(queue.bindings)
        held = {
            (row["source"], row["routing_key"], row["properties_key"])
            for row in self.get(f"/api/queues/{host}/{quote(queue.name)}/bindings")
            if row["source"]
        }
        for exchange, key in wanted - {(source, key) for source, key, _ in held}:
            path = f"/api/bindings/{host}/e/{quote(exchange)}/q/{quote(queue.name)}"
            yield "POST", path, {"routing_key": key}
        for source, key, properties in held:
            if (source, key) not in wanted:
                path = f"/api/bindings/{host}/e/{quote(source)}/q/{quote(queue.name)}/{quote(properties, safe='')}"
                yield "DELETE", path, None

    def _permit(self, host: str, user: User, password: str) -> None:
        name = quote(user.name)
        self._put(f"/api/users/{name}", {"password": password, "tags": ""})
        permissions = {"configure": "^$", "write": _exactly(user.write), "read": _exactly(user.read)}
        self._put(f"/api/permissions/{host}/{name}", permissions)
        for exchange, keys in user.topics.items():
            topic = {"exchange": exchange, "write": _exactly(tuple(sorted(keys))), "read": "^$"}
            self._put(f"/api/topic-permissions/{host}/{name}", topic)

    def _put(self, path: str, body: Mapping[str, Any]) -> None:
        self._request("PUT", path, body)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        credentials = f"{self._parts.username or 'guest'}:{self._parts.password or 'guest'}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
            "Content-Type": "application/json",
        }
        connection = self._connection()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("broker_unavailable") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise Unavailable(
                "broker_refused", status=answer.status, path=path, detail=content.decode("utf-8", "replace")
            )
        return json.loads(content) if content else None

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "127.0.0.1", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(
                host, port or 15671, timeout=_TIMEOUT, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, port or 15672, timeout=_TIMEOUT)


def _exactly(names: tuple[str, ...]) -> str:
    """A regular expression that matches these names and nothing else."""
    escaped = "|".join(name.replace(".", r"\.") for name in names)
    return f"^({escaped})$" if names else "^$"
