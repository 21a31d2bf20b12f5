"""Files that may be gzipped."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast


@contextmanager
def open_binary(file: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The content of a file and the file itself, which tells how far it was read. `.gz` is unpacked."""
    with file.open("rb") as packed:
        if file.suffix != ".gz":
            yield packed, packed
            return
        with gzip.GzipFile(fileobj=packed) as content:
            yield cast(IO[bytes], content), packed
