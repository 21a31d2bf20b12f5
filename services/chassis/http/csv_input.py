"""Lists as property companies keep them: CSV out of Excel, in UTF-8 or GB18030, with English or Chinese headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError

from services.chassis.errors import FieldMessage, Invalid, line_field
from services.chassis.http.problems import invalid

#: Faulty lines that are told at once.
_MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its number in the file, the heading being line 1."""

    number: int
    values: Mapping[str, Any]


def decode(content: bytes) -> str:
    """Return the text of a file in UTF-8, with or without BOM, or in GB18030. Raises `Invalid`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("csv_encoding")


def read(content: bytes, schema: Schema, headings: Mapping[str, str], *, most_rows: int) -> list[Line]:
    """Return the rows of a file, each loaded with `schema`; `headings` maps other spellings of a heading to its field.

    Blank lines and columns nobody knows are passed over. Raises `Invalid` with every faulty line, at most `_MOST_FAULTS`,
    or for more than `most_rows` rows: longer lists come in several files.
    """
    reader = csv.reader(io.StringIO(decode(content), newline=""), strict=True)
    faults: dict[str, Sequence[FieldMessage]] = {}
    lines: list[Line] = []
    try:
        names = _names(next(reader, []), schema, headings)
        end = reader.line_num
        for cells in reader:
            start, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(lines) >= most_rows:
                raise Invalid("csv_too_many_rows", rows=most_rows)
            lines.append(Line(start, _load(start, names, cells, schema, faults)))
            if len(faults) >= _MOST_FAULTS:
                break
    except csv.Error as error:
        raise Invalid("csv_malformed", line=reader.line_num) from error
    if faults:
        raise Invalid(fields=faults)
    return lines


def _names(heading: Sequence[str], schema: Schema, headings: Mapping[str, str]) -> list[str | None]:
    names = [cell.strip().lower() for cell in heading]
    fields = [name if name in schema.fields else headings.get(name) for name in names]
    known = [field for field in fields if field is not None]
    if len(set(known)) < len(known):
        raise Invalid("csv_heading_repeated")
    missing = [name for name, field in schema.fields.items() if field.required and name not in known]
    if missing:
        raise Invalid("csv_heading_missing", columns=", ".join(missing))
    return fields


def _load(
    number: int,
    names: Sequence[str | None],
    cells: Sequence[str],
    schema: Schema,
    faults: dict[str, Sequence[FieldMessage]],
) -> dict[str, Any]:
    if len(cells) > len(names):
        faults[line_field(number, "")[:-1]] = ["csv_too_many_cells"]
        return {}
    filled = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell.strip()}
    try:
        loaded: dict[str, Any] = schema.load(filled)
    except ValidationError as error:
        faults |= {line_field(number, field): told for field, told in invalid(error).fields.items()}
        return {}
    return loaded
