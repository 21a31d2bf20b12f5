"""`linli dead-letters`, `linli outbox`, `linli queues`: what an operator looks at, over all services."""

from __future__ import annotations

from services.chassis.commands.dead_letters import dead_letter_commands
from services.chassis.commands.outbox import outbox_command
from services.chassis.commands.queues import queue_command
from services.standalone import SERVICES

dead_letters = dead_letter_commands(SERVICES)
outbox = outbox_command(SERVICES)
queues = queue_command([definition.name for definition in SERVICES])
