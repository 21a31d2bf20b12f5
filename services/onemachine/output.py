"""What all processes write, on one terminal."""

from __future__ import annotations

import os
from pathlib import Path

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from services.chassis.clock import Clock

#: A log is emptied once it is this long and was shown (bytes).
LONGEST_LOG = 16 * 1024 * 1024


class Output:
    """Shows the logs line by line, each with the time and the coloured name of its process, as honcho does.

    honcho's own manager is not used: it ends all processes when one ends, and kills them 5 s after the request to end.
    """

    def __init__(self, logs: dict[str, Path], clock: Clock) -> None:
        self._clock = clock
        self._logs = logs
        self._read = {name: _length(log) for name, log in logs.items()}
        colours = get_colours()
        self._colours = {name: next(colours) for name in logs}
        self._printer = Printer(width=max(len(name) for name in logs))

    def say(self, text: str) -> None:
        """Show a line of our own."""
        self._write("system", text.encode(), None)

    def show(self) -> None:
        """Show every whole line written since the last time."""
        for name, log in self._logs.items():
            if _length(log) <= self._read[name]:
                continue
            with log.open("rb") as file:
                file.seek(self._read[name])
                lines = file.read().rpartition(b"\n")[0]
            if lines:
                self._read[name] += len(lines) + 1
                self._write(name, lines, self._colours[name])
            if self._read[name] > LONGEST_LOG:
                os.truncate(log, 0)
                self._read[name] = 0

    def _write(self, name: str, lines: bytes, colour: str | None) -> None:
        time = self._clock.now().astimezone()
        self._printer.write(Message(type="line", data=lines, time=time, name=name, colour=colour))


def _length(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0
