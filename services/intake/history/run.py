"""One file is taken over by one mapping: batch after batch, from where it was left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy.exc import IntegrityError

from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.sql import is_transient
from services.contracts.vocabulary import Channel, Kind, values
from services.intake.domain.history import HistoryMapping, Record, Unfit, read_record, row_id
from services.intake.history.rows import FileRow, HistoryFile
from services.intake.storage import history
from services.intake.storage.history import Reject, Standing
from services.intake.usecases.history import Line, make_tree, take_over

#: Rows of one transaction.
BATCH = 500

_TRIES = 5
_KINDS, _CHANNELS = frozenset(values(Kind)), frozenset(values(Channel))
#: Characters that are kept of a value that could not be read.
_VALUE = 200


def read_row(mapping: HistoryMapping, row: FileRow, now: datetime) -> Record | Reject:
    """A row as a complaint, or why it is none."""
    if row.cells is None:
        return Reject(row.line, None, "history_torn")
    try:
        return read_record(mapping, row.cells, now, kinds=_KINDS, channels=_CHANNELS)
    except Unfit as error:
        return Reject(
            row.line, _id(mapping, row), error.code, error.column or None, error.value[:_VALUE] or None
        )


@dataclass(frozen=True)
class Run:
    """One taking over, `key`: the content of a file by one mapping. Interrupted, it goes on behind the last batch."""

    key: str
    mapping: HistoryMapping
    database: Database
    secret: str
    wait: Callable[[], None]

    def begin(self, file: str) -> None:
        """Make what the complaints need: the nodes of the tree that are missing. Raises `TreeRefused`."""
        with self.database.begin() as work:
            make_tree(work, self.mapping)
            history.begin_run(work.connection, self.key, self.mapping.name, file)

    def steps(self, source: HistoryFile) -> Iterator[Standing]:
        """Take over what is not done yet, and yield how far the run is after each batch. Raises `Unavailable`."""
        with self.database.read() as connection:
            position = history.standing(connection, self.key).position
        rows = (row for row in source.rows() if row.line > position)
        while batch := list(islice(rows, BATCH)):
            self.wait()
            yield self._take(batch)

    def standing(self) -> Standing:
        """How far it is."""
        with self.database.read() as connection:
            return history.standing(connection, self.key)

    def rejects(self) -> list[Reject]:
        """The rows that were not taken."""
        with self.database.read() as connection:
            return history.rejects(connection, self.key)

    def _take(self, batch: list[FileRow]) -> Standing:
        """One batch; one that lost a race for its numbers, or a lock, is tried again."""
        for _ in range(_TRIES - 1):
            try:
                return self._transact(batch)
            except Exception as error:
                if not (is_transient(error) or isinstance(error, IntegrityError)):
                    raise
        return self._transact(batch)

    def _transact(self, batch: list[FileRow]) -> Standing:
        with self.database.begin() as work:
            before = history.lock_run(work.connection, self.key)
            # What another process has dealt with while this one waited.
            rows = [row for row in batch if row.line > before.position]
            if not rows:
                return before
            lines, rejects = sort_rows(self.mapping, rows, work.now)
            outcome = take_over(work, self.mapping, lines, self.secret)
            rejects += outcome.rejects
            history.keep_rejects(work.connection, self.key, rejects)
            after = Standing(
                position=rows[-1].line,
                taken=before.taken + outcome.taken,
                known=before.known + outcome.known,
                rejected=before.rejected + len(rejects),
            )
            history.advance(work.connection, self.key, after)
        return after


def sort_rows(
    mapping: HistoryMapping, rows: Iterable[FileRow], now: datetime
) -> tuple[list[Line], list[Reject]]:
    """Rows that are complaints, and those that are none."""
    lines: list[Line] = []
    rejects: list[Reject] = []
    for row in rows:
        read = read_row(mapping, row, now)
        if isinstance(read, Reject):
            rejects.append(read)
        else:
            lines.append(Line(row.line, read))
    return lines, rejects


@dataclass
class Trial:
    """What a run would do, without a database: rows that fit, the first of them, ids that came before, and rejects."""

    fit: int = 0
    repeated: int = 0
    first: list[Line] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def try_out(mapping: HistoryMapping, source: HistoryFile, clock: Clock, shown: int) -> Trial:
    """Read a whole file by a mapping. Raises `FileRefused`."""
    trial, ids = Trial(), set[str]()
    rows = source.rows()
    while batch := list(islice(rows, BATCH)):
        lines, rejects = sort_rows(mapping, batch, clock.now())
        trial.fit += len(lines)
        ids.update(line.record.id for line in lines)
        trial.first += lines[: shown - len(trial.first)]
        trial.rejects += rejects
    trial.repeated = trial.fit - len(ids)
    return trial


def _id(mapping: HistoryMapping, row: FileRow) -> str | None:
    try:
        return row_id(mapping, row.cells or {})
    except (Unfit, KeyError):
        return None
