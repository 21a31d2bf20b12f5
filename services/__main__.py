"""`python -m services` is the command `linli`."""

from __future__ import annotations

from services.chassis.cli import main

main()
