"""How a policy document of a place changes those above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: A policy document, or a part of one: it holds what differs from what stands above.
Content = Mapping[str, Any]


def merged(above: Content, below: Content) -> dict[str, Any]:
    """`above` as `below` changes it: mappings merge key by key, however deep; lists and single values replace."""
    result = dict(above)
    for key, value in below.items():
        here = result.get(key)
        deeper = isinstance(here, Mapping) and isinstance(value, Mapping)
        result[key] = merged(here, value) if deeper else value  # type: ignore[arg-type]
    return result


def origins(chain: Iterable[tuple[str | None, Content]]) -> dict[str, Any]:
    """Where each value of the merged documents comes from: in their shape, with a source in place of each value.

    `chain` are sources and their documents, from the top down.
    """
    result: dict[str, Any] = {}
    for source, content in chain:
        result = merged(result, _marked(content, source))
    return result


def _marked(content: Content, source: str | None) -> dict[str, Any]:
    return {
        key: _marked(value, source) if isinstance(value, Mapping) else source
        for key, value in content.items()
    }
