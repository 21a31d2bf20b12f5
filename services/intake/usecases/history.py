"""Complaints of the past are put on the register as their records say, a batch in one transaction (DESIGN §2.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.chassis.events import HISTORICAL
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.intake.domain.history import HistoryMapping, Record, history_number
from services.intake.domain.numbers import claim_code, claim_digest
from services.intake.storage import history, tree
from services.intake.storage.history import Reject, Source
from services.intake.storage.tables import complaints
from services.intake.storage.tree import Estate
from services.intake.usecases.tree import import_nodes


@dataclass(frozen=True, slots=True)
class Line:
    """A row that could be read, with the number of its last line."""

    number: int
    record: Record


@dataclass
class Outcome:
    """What became of rows: new complaints, rows that are here already, and rows that were not taken."""

    taken: int = 0
    known: int = 0
    rejects: list[Reject] = field(default_factory=list)


def make_tree(work: UnitOfWork, mapping: HistoryMapping) -> None:
    """Make those nodes of the mapping that are missing; what is there stays as it is. Raises `TreeRefused`."""
    there = tree.nodes_with(work.connection, [row.code for row in mapping.tree])
    missing = [row for row in mapping.tree if row.code not in there]
    if missing:
        import_nodes(work, "", missing, default_zone=mapping.zone)


def take_over(work: UnitOfWork, mapping: HistoryMapping, lines: Sequence[Line], secret: str) -> Outcome:
    """Register complaints of the past, each row of a mapping once for ever; `secret` keys the claim codes.

    A row that is here and says something else by now is rejected: what was registered stays. Estates that nobody knows
    reject their rows.
    """
    outcome = Outcome()
    estates = tree.estates_in_scope(work.connection, "", {line.record.estate for line in lines})
    fresh = _fresh(work, mapping, lines, estates, outcome)
    numbers = _numbers(work, mapping, fresh, estates)
    sources = [Source(mapping.name, id_, numbers[id_], line.record.digest()) for id_, line in fresh.items()]
    mine = history.claim(work.connection, sources)
    # What another process took in the meantime is known now, or says something else there.
    _sort_out(work, mapping, [line for id_, line in fresh.items() if id_ not in mine], outcome)
    taken = [
        (numbers[id_], line.record, estates[line.record.estate]) for id_, line in fresh.items() if id_ in mine
    ]
    work.add(complaints, (_row(number, record, secret) for number, record, _ in taken))
    for number, record, estate in taken:
        event = _registered(number, record, mapping.name, estate)
        work.record("complaint.registered", number, event, estate=estate.code, mode=HISTORICAL)
    outcome.taken += len(taken)
    return outcome


def _fresh(
    work: UnitOfWork,
    mapping: HistoryMapping,
    lines: Sequence[Line],
    estates: Mapping[str, Estate],
    outcome: Outcome,
) -> dict[str, Line]:
    """The rows that are not here yet, by id; the rest is counted."""
    first: dict[str, Line] = {}
    again: list[Line] = []
    for line in lines:
        if line.record.estate not in estates:
            reject = Reject(line.number, line.record.id, "estate_unknown", value=line.record.estate)
            outcome.rejects.append(reject)
        elif line.record.id in first:
            again.append(line)
        else:
            first[line.record.id] = line
    known = history.digests(work.connection, mapping.name, first)
    _compare([line for id_, line in first.items() if id_ in known], known, outcome)
    within = {id_: line.record.digest() for id_, line in first.items() if again}
    _compare(again, within, outcome)
    return {id_: line for id_, line in first.items() if id_ not in known}


def _sort_out(work: UnitOfWork, mapping: HistoryMapping, lines: Sequence[Line], outcome: Outcome) -> None:
    if lines:
        known = history.digests(work.connection, mapping.name, [line.record.id for line in lines])
        _compare(lines, known, outcome)


def _compare(lines: Sequence[Line], known: Mapping[str, bytes], outcome: Outcome) -> None:
    for line in lines:
        if known[line.record.id] == line.record.digest():
            outcome.known += 1
        else:
            outcome.rejects.append(Reject(line.number, line.record.id, "history_changed"))


def _numbers(
    work: UnitOfWork, mapping: HistoryMapping, fresh: Mapping[str, Line], estates: Mapping[str, Estate]
) -> dict[str, str]:
    """A free number for each row, the first of its own that nobody has."""
    numbers: dict[str, str] = {}
    missing, attempt = list(fresh), 0
    while missing:
        wanted = {}
        for id_ in missing:
            record = fresh[id_].record
            zone = estates[record.estate].zone
            wanted[id_] = history_number(mapping.name, id_, attempt, record.received_at, zone)
        taken = {*history.taken_numbers(work.connection, set(wanted.values())), *numbers.values()}
        for id_, number in wanted.items():
            if number not in taken:
                numbers[id_] = number
                taken.add(number)
        missing = [id_ for id_ in missing if id_ not in numbers]
        attempt += 1
    return numbers


def _row(number: str, record: Record, secret: str) -> dict[str, Any]:
    return {
        "number": number,
        "estate": record.estate,
        "channel": record.channel,
        "kind": record.kind,
        "text": record.text,
        "location": record.place,
        "category": record.category,
        "received_at": record.received_at,
        "recorded_at": record.recorded_at,
        "anonymous": False,
        "claim_digest": claim_digest(claim_code(secret, number)),
    }


def _registered(number: str, record: Record, mapping: str, estate: Estate) -> dict[str, Any]:
    return {
        "number": number,
        "estate": record.estate,
        "path": estate.path,
        "channel": record.channel,
        "kind": record.kind,
        "text": mask(record.text),
        "location": mask(record.place) if record.place else None,
        "received_at": record.received_at,
        "recorded_at": record.recorded_at,
        "anonymous": False,
        "history": {
            "source": mapping,
            "category": record.category,
            "place": record.place,
            "channel": record.own_channel,
            "result": mask(record.result) if record.result else None,
            "answered_at": record.answered_at,
            "resolved_at": record.resolved_at,
            "closed_at": record.closed_at,
        },
    }
