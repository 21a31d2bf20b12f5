"""Lists in CSV: each row loaded with the schema that also reads the JSON of the same thing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from marshmallow import Schema, ValidationError

from services.chassis.errors import FieldMessage, Invalid
from services.chassis.http.problems import invalid

#: Rows of the longest list.
MOST_ROWS: Final = 5000


def read_rows(content: bytes, schema: Schema) -> list[dict[str, Any]]:
    """The rows of a UTF-8 file whose heading names the fields of `schema`, in any order.

    Raises `Invalid`, naming the rows by their number below the heading and their fields.
    """
    try:
        text = content.decode("utf-8-sig")
        heading, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]
    except (ValueError, csv.Error) as error:
        raise Invalid("csv_unreadable") from error
    names = [name.strip() for name in heading]
    required = {name for name, field in schema.load_fields.items() if field.required}
    if not required <= set(names) or not set(names) <= schema.load_fields.keys() or len(rows) > MOST_ROWS:
        raise Invalid("csv_heading", columns=", ".join(schema.load_fields))
    faults: dict[str, Sequence[FieldMessage]] = {}
    loaded = []
    for number, row in enumerate(rows, start=1):
        cells = zip(names, row, strict=False)
        try:
            loaded.append(schema.load({name: cell.strip() for name, cell in cells if cell.strip()}))
        except ValidationError as error:
            faults |= {f"rows.{number}.{name}": told for name, told in invalid(error).fields.items()}
    if faults:
        raise Invalid(fields=faults)
    return loaded
