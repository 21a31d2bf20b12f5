"""Whether a document may be set for a place: every mistake at once, also what it would spoil below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from marshmallow import ValidationError

from services.chassis.scope import lineage, within
from services.routing.domain.policy.inheritance import Content, merged
from services.routing.domain.rules import Pack
from services.routing.policy.files import shipped
from services.routing.policy.problems import Problem, flattened
from services.routing.policy.registry import document_schema


def problems_of(content: Content, pack: Pack) -> list[Problem]:
    """What is wrong with a document, taken together with the shipped one."""
    return problems_at("", content, {}, pack)


def problems_at(path: str, content: Content, documents: Mapping[str, Content], pack: Pack) -> list[Problem]:
    """What would be wrong with `content` as the document of `path`, given those of all places.

    That is what it does to the policy there and, if that is well, at each place below that has a document of its own.
    What is wrong already through no fault of this document is not told: a rule pack may have lost a category.
    """
    others = {place: document for place, document in documents.items() if place != path}
    after = {**others, path: content}
    found = _added(_problems(whole(path, others), pack), _problems(whole(path, after), pack))
    if found:
        return found
    return [
        replace(problem, path=place)
        for place in sorted(others)
        if within(place, path)
        for problem in _added(_problems(whole(place, documents), pack), _problems(whole(place, after), pack))
    ]


def whole(path: str, documents: Mapping[str, Content]) -> Content:
    """The policy of a place as one document: the shipped one, changed by each on the way down."""
    content: Content = shipped()
    for place in lineage(path):
        content = merged(content, documents.get(place, {}))
    return content


def _problems(content: Content, pack: Pack) -> list[Problem]:
    try:
        document_schema(pack).load(dict(content))
    except ValidationError as error:
        return sorted(flattened(error.messages), key=lambda problem: problem.name)
    return []


def _added(before: list[Problem], after: list[Problem]) -> list[Problem]:
    return [problem for problem in after if problem not in before]
