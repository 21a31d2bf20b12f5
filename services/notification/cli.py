"""Commands of notification."""

from __future__ import annotations

from services.chassis.cli import service_commands
from services.notification.app import SERVICE

notification = service_commands(SERVICE)
