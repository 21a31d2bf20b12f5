"""A place inherits key by key: mappings merge, everything else replaces, and each value knows where it comes from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.policy.inheritance import merged, origins

#: Documents of one shape, as the schemas ask for: `a` and `b` are values, `m` and `n` mappings at every place.
_VALUES = st.one_of(st.integers(), st.booleans(), st.text(), st.lists(st.integers()))


def _documents(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    optional: dict[str, st.SearchStrategy[Any]] = {"a": _VALUES, "b": _VALUES}
    if depth:
        optional |= {"m": _documents(depth - 1), "n": _documents(depth - 1)}
    return st.fixed_dictionaries({}, optional=optional)


documents = _documents()


def test_mappings_merge_and_everything_else_replaces() -> None:
    above = {"grading": {"loss": 5000, "channels": {"written": ["letter"], "media": ["media"]}}, "roles": 1}

    below = {"grading": {"channels": {"written": ["email"]}}}

    assert merged(above, below) == {
        "grading": {"loss": 5000, "channels": {"written": ["email"], "media": ["media"]}},
        "roles": 1,
    }


@given(documents, documents, documents)
def test_it_does_not_matter_where_the_chain_is_cut(
    group: dict[str, Any], region: dict[str, Any], estate: dict[str, Any]
) -> None:
    assert merged(merged(group, region), estate) == merged(group, merged(region, estate))


@given(documents)
def test_an_empty_document_changes_nothing(document: dict[str, Any]) -> None:
    assert merged(document, {}) == merged({}, document) == document


@given(documents, documents)
def test_what_is_merged_is_left_as_it_is(above: dict[str, Any], below: dict[str, Any]) -> None:
    before = repr(above), repr(below)

    merged(above, below)

    assert (repr(above), repr(below)) == before


@given(st.lists(documents, min_size=1, max_size=4))
def test_every_value_comes_from_the_lowest_document_that_has_it(chain: list[dict[str, Any]]) -> None:
    effective: dict[str, Any] = {}
    for document in chain:
        effective = merged(effective, document)
    sources = origins((str(at), document) for at, document in enumerate(chain))

    for keys, value in leaves(effective):
        holders = [at for at, document in enumerate(chain) if (keys, value) in leaves(document)]
        named = at_keys(sources, keys)
        assert int(named) in holders
        assert all(keys not in dict(leaves(document)) for document in chain[int(named) + 1 :])


def leaves(document: dict[str, Any], keys: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in document.items():
        if isinstance(value, dict):
            found += leaves(value, (*keys, key))
        else:
            found.append(((*keys, key), value))
    return found


def at_keys(document: dict[str, Any], keys: tuple[str, ...]) -> Any:
    value: Any = document
    for key in keys:
        value = value[key]
    return value
