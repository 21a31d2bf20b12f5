"""What the rows of an answer stand for: the key of a fact, of a cell of an estate, of a cell of a trait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Label, Text, case, func, literal, null

from services.analytics.domain import By, Level, Measures, Question
from services.analytics.storage.days import local_day
from services.analytics.storage.tables import estate_cells, estates, facts, trait_cells


@dataclass(frozen=True)
class Group:
    """The complaints of one key, and of one month if it is counted by month; the key None collects those that have none."""

    key: str | None
    name: str | None
    measures: Measures
    month: str | None = None


Keys = list[Label[Any]]
_Named = tuple[ColumnElement[Any], ColumnElement[Any]]

_PLACES: Mapping[By, _Named] = {
    By.ESTATE: (estates.c.code, estates.c.name),
    By.REGION: (estates.c.region_code, estates.c.region_name),
    By.TOTAL: (literal(By.TOTAL.value), null()),
}


def of_facts(question: Question) -> Keys:
    """The keys of a fact."""
    month = _month(local_day(facts.c.received_at))
    if question.by is By.MONTH:
        return _keys(question, month, (month, null()))
    if question.by in _PLACES:
        return _keys(question, month, _PLACES[question.by])
    return _keys(question, month, (_leveled(question, facts.c[question.by.value]), null()))


def of_estate_cells(question: Question) -> Keys:
    """The keys of the cell of an estate, for what it can be asked by."""
    month = _month(estate_cells.c.month)
    return _keys(question, month, _PLACES.get(question.by, (month, null())))


def of_trait_cells(question: Question) -> Keys:
    """The keys of the cell of a trait, for what it can be asked by."""
    value = func.nullif(trait_cells.c.key, "", type_=Text)
    return _keys(question, _month(trait_cells.c.start), (_leveled(question, value), null()))


def in_order(groups: Iterable[Group]) -> list[Group]:
    """By month, then by key; what has none comes last."""
    return sorted(groups, key=lambda group: (group.month or "", group.key is None, group.key or ""))


def _keys(question: Question, month: ColumnElement[Any], named: _Named) -> Keys:
    key, name = named
    return [(month if question.monthly else null()).label("month"), key.label("key"), name.label("name")]


def _leveled(question: Question, value: ColumnElement[Any]) -> ColumnElement[Any]:
    if question.by is not By.CATEGORY or question.level is Level.WHOLE:
        return value
    return func.split_part(value, case((value.contains("/"), "/"), else_="."), 1, type_=Text)


def _month(day: ColumnElement[Any]) -> ColumnElement[str]:
    return func.to_char(day, "YYYY-MM", type_=Text)
