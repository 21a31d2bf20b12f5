"""Puts groups together of the rows of several statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.analytics import quantiles
from services.analytics.domain import COUNTS, Measures
from services.analytics.quantiles import Entries
from services.analytics.storage.groups import Group, in_order

_SHARES = (0.5, 0.9)
_MICROS = 1_000_000
_RESOLVED = COUNTS.index("resolved")


@dataclass(frozen=True)
class Part:
    """Rows of month, key, name, the counts of `COUNTS`, sum of the resolution times in microseconds, the longest of them, and
    times of response and of resolution, which are sketches if `sketched` and else as `quantiles.of_values` takes them.
    """

    rows: Sequence[Sequence[Any]]
    sketched: bool


def assembled(parts: Iterable[Part]) -> list[Group]:
    """The groups of all rows, in the order of their keys."""
    places: dict[tuple[str | None, str | None], int] = {}
    names: list[str | None] = []
    sums: list[list[int]] = []
    longest: list[float | None] = []
    responses: list[Entries] = []
    resolutions: list[Entries] = []
    for part in parts:
        owners: list[int] = []
        for month, key, name, *counts, most, _, _ in part.rows:
            place = places.setdefault((month, key), len(places))
            if place == len(sums):
                names.append(name)
                sums.append(counts)
                longest.append(most)
            else:
                sums[place] = [mine + more for mine, more in zip(sums[place], counts, strict=True)]
                longest[place] = max(filter(None, (longest[place], most)), default=most)
            owners.append(place)
        read = quantiles.of_sketches if part.sketched else quantiles.of_values
        responses.append(read(owners, [row[-2] for row in part.rows]))
        resolutions.append(read(owners, [row[-1] for row in part.rows]))
    if not places:
        return []
    response = quantiles.quantiles(quantiles.joined(responses), len(places), _SHARES)
    resolution = quantiles.quantiles(quantiles.joined(resolutions), len(places), _SHARES)
    return in_order(
        Group(key, names[place], _measures(sums[place], longest[place], response, resolution, place), month)
        for (month, key), place in places.items()
    )


def _measures(
    sums: Sequence[int],
    longest: float | None,
    response: Sequence[Sequence[float | None]],
    resolution: Sequence[Sequence[float | None]],
    place: int,
) -> Measures:
    *counts, micros = sums
    resolved = counts[_RESOLVED]
    mean = micros / _MICROS / resolved if resolved else None
    of_response, of_resolution = [told[place] for told in response], [told[place] for told in resolution]
    figures: tuple[Any, ...] = (*counts, *of_response, mean, *of_resolution, longest)
    return Measures(*figures)
