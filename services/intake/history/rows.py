"""Rows of a CSV file with a heading, plain or gzipped, each with the number of its line."""

from __future__ import annotations

import csv
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.intake.domain.history import HistoryMapping
from services.intake.files import open_binary

_CHUNK = 1 << 20


class FileRefused(Exception):
    """A file that this mapping cannot read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row: the number of its last line, the heading being line 1, and its cells by column; None for one that is torn."""

    line: int
    cells: Mapping[str, str] | None


class HistoryFile:
    """An open file, read once from its beginning."""

    def __init__(self, content: IO[bytes], packed: IO[bytes], mapping: HistoryMapping) -> None:
        self._packed = packed
        # A byte that is no text stays where it is and is seen when its cell is read.
        encoding = "utf-8-sig" if mapping.encoding.lower().replace("_", "-") == "utf-8" else mapping.encoding
        text = io.TextIOWrapper(content, encoding=encoding, errors="surrogateescape", newline="")
        self._reader = csv.reader(text, delimiter=mapping.delimiter)
        self._heading = [cell.strip() for cell in next(self._reader, [])]
        self._check(mapping)

    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._packed.tell()

    def rows(self) -> Iterator[FileRow]:
        """Every row that is not blank. Raises `FileRefused` where the file is damaged."""
        width = len(self._heading)
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                yield FileRow(self._reader.line_num, None)
                continue
            except (EOFError, OSError, zlib.error) as error:
                raise FileRefused(
                    f"after line {self._reader.line_num} the file is damaged: {error} | 文件自该行之后已损坏"
                ) from error
            if len(cells) == width:
                yield FileRow(self._reader.line_num, dict(zip(self._heading, cells, strict=True)))
            elif cells:
                yield FileRow(self._reader.line_num, None)

    def _check(self, mapping: HistoryMapping) -> None:
        missing = sorted(mapping.column_names() - set(self._heading))
        if missing:
            raise FileRefused(
                f"缺少列 | without the columns {', '.join(missing)} that {mapping.name} names; "
                f"现有列 | it has {', '.join(self._heading) or 'none'}"
            )
        twice = sorted(name for name in mapping.column_names() if self._heading.count(name) > 1)
        if twice:
            raise FileRefused(f"列名重复 | columns that stand twice: {', '.join(twice)}")


@contextmanager
def open_history(file: Path, mapping: HistoryMapping) -> Iterator[HistoryFile]:
    """Open a file. Raises `FileRefused` for one whose heading lacks a column of the mapping."""
    with open_binary(file) as (content, packed):
        try:
            opened = HistoryFile(content, packed, mapping)
        except (csv.Error, EOFError, OSError, zlib.error) as error:
            raise FileRefused(f"无法读取 | cannot be read: {error}") from error
        yield opened


def run_key(file: Path, mapping: HistoryMapping) -> str:
    """What tells one taking over from another: the content of the file, and of the mapping it is read by."""
    digest = hashlib.sha256(f"{mapping.name}\n{mapping.digest}\n".encode())
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
