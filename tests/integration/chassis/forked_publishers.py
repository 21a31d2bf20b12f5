"""A publisher made before a fork and used after it (RELIABILITY M11).

Run with the URL of a broker and the word `opened` or `unopened`: whether the parent has published with it already. Each child
publishes, then tells in one line of JSON what came of it and the inodes of its sockets; the parent does so last.
"""

from __future__ import annotations

import json
import os
import sys

from services.chassis.testing.sockets import open_sockets
from services.chassis.transport import Publisher
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.integration.chassis.messages import sale

CHILDREN = 4
MESSAGES = 20


def tell(publisher: Publisher) -> None:
    """Publish, and tell of it."""
    before = open_sockets(os.getpid())
    try:
        safe: object = [publisher.publish([sale(b"x")])[0] for _ in range(MESSAGES)]
    except RuntimeError as error:
        safe = str(error)
    line = json.dumps({"before": sorted(before), "safe": safe, "after": sorted(open_sockets(os.getpid()))})
    # In one piece: all of them write to the same pipe.
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def run(url: str, opened: bool) -> None:
    """Fork, and wait for the children."""
    publisher = RabbitTransport(url).publisher()
    if opened:
        publisher.publish([sale(b"0")])
    children = []
    for _ in range(CHILDREN):
        if (child := os.fork()) == 0:
            tell(publisher)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    tell(publisher)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2] == "opened")
