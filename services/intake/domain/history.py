"""How a row of another system's records is read as a complaint, by a mapping that is data (DESIGN §2.11)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.intake.domain.numbers import RANDOM_BITS, complaint_number
from services.intake.domain.tree import NodeRow

#: Longest that each may be, in characters: what forms and events take.
LONGEST = {"id": 200, "text": 10_000, "result": 10_000, "place": 500, "category": 200}

#: Written as the format of times that are ISO 8601, with or without an offset.
ISO = "iso"

_DIGEST_BYTES = 16


class Unfit(Exception):
    """A row cannot be taken: `code` is a key of the message catalogue, `column` and `value` say what is wrong."""

    def __init__(self, code: str, column: str = "", value: str = "") -> None:
        super().__init__(f"{code}: {column}")
        self.code = code
        self.column = column
        self.value = value


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what. Those of a text are joined by line feeds, those of a place by blanks.

    Those of `category` are the names of its path, widest first; those of `id` together name a row for ever.
    """

    id: tuple[str, ...]
    received_at: str
    category: tuple[str, ...]
    text: tuple[str, ...]
    place: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    recorded_at: str | None = None
    answered_at: str | None = None
    resolved_at: str | None = None
    closed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which code a row has: by `codes` for the word in `column`, or that word itself, or `otherwise` where none stands."""

    column: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None

    def of(self, cells: Mapping[str, str], known: Collection[str] | None) -> str:
        """The code of a row; `known` are those that exist, None where that is not known here. Raises `Unfit`."""
        word = checked(cells, self.column).strip() if self.column else ""
        code = self.codes.get(word, word) or self.otherwise
        if not code:
            raise Unfit("history_blank", self.column or "")
        if known is not None and code not in known:
            raise Unfit("history_word_unknown", self.column or "", word)
        return code


@dataclass(frozen=True, slots=True)
class HistoryMapping:
    """One system's records: how its files look and what their columns mean.

    `zone` is that of times without an offset. `own_channels` are channels of its own, each with the one of ours it is most
    like. `tree` are the nodes its estates need. `digest` tells it from an earlier version of itself.
    """

    name: str
    digest: str
    encoding: str
    delimiter: str
    zone: str
    time_format: str
    columns: Columns
    kind: Choice
    channel: Choice
    estate: Choice
    own_channels: Mapping[str, str]
    tree: tuple[NodeRow, ...]

    def column_names(self) -> set[str]:
        """Every column that a file must have."""
        names = {choice.column for choice in (self.kind, self.channel, self.estate)}
        for value in asdict(self.columns).values():
            names |= {value} if value is None or isinstance(value, str) else set(value)
        return {name for name in names if name is not None}


@dataclass(frozen=True, slots=True)
class Record:
    """A complaint as the records have it; times in UTC. `category` is a path of names (see `category_path`)."""

    id: str
    estate: str
    channel: str
    own_channel: str | None
    kind: str
    text: str
    category: str
    place: str | None
    result: str | None
    received_at: datetime
    recorded_at: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None

    def digest(self) -> bytes:
        """What tells whether a row still says the same."""
        said = json.dumps(asdict(self), default=datetime.isoformat, ensure_ascii=False)
        return hashlib.blake2b(said.encode(), digest_size=_DIGEST_BYTES).digest()


def read_record(
    mapping: HistoryMapping,
    cells: Mapping[str, str],
    now: datetime,
    *,
    kinds: Collection[str],
    channels: Collection[str],
) -> Record:
    """Read a row, its cells by column; `kinds` and `channels` are those we have. Raises `Unfit` with its first fault."""
    columns = mapping.columns
    channel = mapping.channel.of(cells, {*channels, *mapping.own_channels})
    received_at = _required_time(mapping, cells, now)
    times = {
        name: _time_since(mapping, cells, getattr(columns, name), received_at, now)
        for name in ("recorded_at", "answered_at", "resolved_at", "closed_at")
    }
    return Record(
        id=row_id(mapping, cells),
        estate=mapping.estate.of(cells, None),
        channel=mapping.own_channels.get(channel, channel),
        own_channel=channel if channel in mapping.own_channels else None,
        kind=mapping.kind.of(cells, kinds),
        text=_text(cells, columns.text, "text", "\n", required=True) or "",
        category=category_path(cells, columns.category),
        place=_text(cells, columns.place, "place", " "),
        result=_text(cells, columns.result, "result", "\n"),
        received_at=received_at,
        recorded_at=times["recorded_at"] or received_at,
        answered_at=times["answered_at"],
        resolved_at=times["resolved_at"],
        closed_at=times["closed_at"],
    )


def row_id(mapping: HistoryMapping, cells: Mapping[str, str]) -> str:
    """What names a row within its system. Raises `Unfit`."""
    return _text(cells, mapping.columns.id, "id", " ", required=True) or ""


def category_path(cells: Mapping[str, str], columns: tuple[str, ...]) -> str:
    """The names in `columns` joined by `/`; within a name `/` is spelt `~1` and `~` `~0` (RFC 6901). Raises `Unfit`."""
    names = []
    for column in columns:
        name = checked(cells, column).strip()
        if not name:
            raise Unfit("history_blank", column)
        names.append(name.replace("~", "~0").replace("/", "~1"))
    path = "/".join(names)
    if len(path) > LONGEST["category"]:
        raise Unfit("history_too_long", columns[-1])
    return path


def history_number(mapping: str, id_: str, attempt: int, received_at: datetime, zone: str) -> str:
    """The number of a row, the same in every run; `attempt` counts from 0 until a number is free."""
    seed = hashlib.sha256(json.dumps([mapping, id_, attempt]).encode()).digest()
    return complaint_number(received_at, zone, int.from_bytes(seed) % 2**RANDOM_BITS)


def checked(cells: Mapping[str, str], column: str) -> str:
    """What stands in a cell. Raises `Unfit` for what is no text."""
    cell = cells[column]
    # Surrogates stand for bytes that are no text in the encoding of the file.
    if "\x00" in cell or (not cell.isascii() and any("\ud800" <= c <= "\udfff" for c in cell)):
        raise Unfit("history_not_text", column)
    return cell


def _text(
    cells: Mapping[str, str], columns: tuple[str, ...], name: str, joint: str, *, required: bool = False
) -> str | None:
    text = joint.join(filter(None, (checked(cells, column).strip() for column in columns)))
    if required and not text:
        raise Unfit("history_blank", columns[0])
    if len(text) > LONGEST[name]:
        raise Unfit("history_too_long", columns[0])
    return text or None


def _required_time(mapping: HistoryMapping, cells: Mapping[str, str], now: datetime) -> datetime:
    column = mapping.columns.received_at
    at = _time(mapping, cells, column)
    if at is None:
        raise Unfit("history_blank", column)
    if at > now:
        raise Unfit("history_in_future", column, cells[column])
    return at


def _time_since(
    mapping: HistoryMapping,
    cells: Mapping[str, str],
    column: str | None,
    received_at: datetime,
    now: datetime,
) -> datetime | None:
    at = _time(mapping, cells, column) if column else None
    if at is None or column is None:
        return None
    if at < received_at:
        raise Unfit("history_before_receipt", column, cells[column])
    if at > now:
        raise Unfit("history_in_future", column, cells[column])
    return at


def _time(mapping: HistoryMapping, cells: Mapping[str, str], column: str) -> datetime | None:
    cell = checked(cells, column).strip()
    if not cell:
        return None
    try:
        at = _parsed(cell, mapping.time_format)
    except ValueError:
        raise Unfit("history_time_unreadable", column, cell) from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(mapping.zone))).astimezone(UTC)


def _parsed(text: str, time_format: str) -> datetime:
    if time_format == ISO:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, time_format)  # noqa: DTZ007 - the zone follows
