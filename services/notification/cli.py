"""Commands of notification."""

from __future__ import annotations

from services.chassis.cli import service_commands
from services.chassis.commands.dead_letters import dead_letter_commands
from services.notification.app import SERVICE

notification = service_commands(SERVICE)
notification.add_command(dead_letter_commands([SERVICE]))
