"""Which published messages the broker has answered."""

from __future__ import annotations


class Confirms:
    """Which of the messages published on one channel the broker has answered, by delivery tag."""

    def __init__(self) -> None:
        self.published = 0
        self._open: set[int] = set()
        self._oldest = 1
        self.refused: set[int] = set()

    def sent(self) -> int:
        """Count one more message; returns its tag."""
        self.published += 1
        self._open.add(self.published)
        return self.published

    def answered(self, tag: int, multiple: bool) -> None:
        """The broker took this one, or all up to it."""
        if multiple:
            self._open.difference_update(range(self._oldest, tag + 1))
            self._oldest = tag + 1
        else:
            self._open.discard(tag)

    def nacked(self, tag: int, multiple: bool) -> None:
        """The broker could not take this one, or all up to it."""
        self.refused |= {
            open_tag for open_tag in self._open if open_tag == tag or (multiple and open_tag < tag)
        }
        self.answered(tag, multiple)

    @property
    def complete(self) -> bool:
        """Whether every message was answered."""
        return not self._open
