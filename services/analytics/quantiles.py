"""Quantiles that merge: how many values of each group lie in each bucket of 1 % relative width, after DDSketch.

A sketch is the buckets of a set of values with how many lie in each. The sketch of a union is the union of the sketches, in any
order, and what is told of a quantile is at most half the width of a bucket off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

#: Each bucket ends so much above its beginning.
WIDTH = 1.01
#: Seconds; what is shorter counts as this long.
SHORTEST = 0.001
#: The most that what is told of a quantile can be off.
ERROR = (WIDTH - 1) / (WIDTH + 1)

_ENTRY = np.dtype([("bucket", "<i2"), ("count", "<u2")])
_VALUE = np.dtype(">f8")
_MOST = np.iinfo(np.uint16).max

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Entries:
    """How many values of a group lie in a bucket, fewer than 2^16, in no order; a bucket may come more than once."""

    group: Integers
    bucket: Integers
    count: Integers


def of_values(groups: Sequence[int], values: Sequence[bytes]) -> Entries:
    """Entries of values that came as PostgreSQL's `float8send`; `groups` names the group of each piece of bytes."""
    seconds = np.frombuffer(b"".join(values), _VALUE).astype(np.float64)
    return Entries(
        _owners(groups, values, _VALUE.itemsize), _buckets(seconds), np.ones(len(seconds), np.int64)
    )


def of_sketches(groups: Sequence[int], sketches: Sequence[bytes]) -> Entries:
    """Entries of sketches; `groups` names the group of each."""
    read = np.frombuffer(b"".join(sketches), _ENTRY)
    return Entries(
        _owners(groups, sketches, _ENTRY.itemsize),
        read["bucket"].astype(np.int64),
        read["count"].astype(np.int64),
    )


def joined(parts: Sequence[Entries]) -> Entries:
    """All of them together."""
    return Entries(
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.bucket for part in parts]),
        np.concatenate([part.count for part in parts]),
    )


def sketches_of(entries: Entries, groups: int) -> list[bytes]:
    """One sketch for each of the groups 0, 1 … `groups` - 1."""
    key = _keys(entries)
    keys, place = np.unique(key, return_inverse=True)
    counts = np.bincount(place, entries.count, len(keys)).astype(np.int64)
    # What does not fit into one entry takes several.
    times = -(-counts // _MOST)
    packed = np.empty(int(times.sum()), _ENTRY)
    packed["bucket"] = np.repeat(keys & 0xFFFF, times) - 0x8000
    packed["count"] = _MOST
    last = np.cumsum(times) - 1
    packed["count"][last] = counts - (times - 1) * _MOST
    ends = np.searchsorted(np.repeat(keys >> 16, times), np.arange(groups + 1))
    return [packed[start:end].tobytes() for start, end in pairwise(ends)]


def quantiles(entries: Entries, groups: int, shares: Sequence[float]) -> list[list[float | None]]:
    """For each share, what it is in each group, by linear interpolation between the nearest; None in an empty group."""
    totals = np.bincount(entries.group, entries.count, groups).astype(np.int64)
    # Group, bucket and count in one number, as numbers are sorted many times faster than the order of numbers is found.
    packed = np.sort(_keys(entries) << 16 | entries.count)
    reached = np.cumsum(packed & 0xFFFF)
    bucket = (packed >> 16 & 0xFFFF) - 0x8000
    before = np.cumsum(totals) - totals
    some = totals > 0
    answers: list[list[float | None]] = []
    for share in shares:
        rank = (totals[some] - 1) * share
        below = np.floor(rank).astype(np.int64)
        above = np.ceil(rank).astype(np.int64)
        lower = _values(bucket[np.searchsorted(reached, before[some] + below, "right")])
        upper = _values(bucket[np.searchsorted(reached, before[some] + above, "right")])
        told = np.full(groups, None, object)
        told[some] = (lower + (upper - lower) * (rank - below)).tolist()
        answers.append(told.tolist())
    return answers


def _owners(groups: Sequence[int], pieces: Sequence[bytes], size: int) -> Integers:
    lengths = np.fromiter((len(piece) // size for piece in pieces), np.int64, len(pieces))
    return np.repeat(np.fromiter(groups, np.int64, len(pieces)), lengths)


def _keys(entries: Entries) -> Integers:
    """One number for group and bucket, in their order."""
    return entries.group << 16 | entries.bucket + 0x8000


def _buckets(seconds: Floats) -> Integers:
    return np.ceil(np.log(np.maximum(seconds, SHORTEST)) / log(WIDTH)).astype(np.int64)


def _values(buckets: Integers) -> Floats:
    """The value of a bucket that is nearest, relatively, to both its ends."""
    return WIDTH ** buckets.astype(np.float64) * (1 - ERROR)
