"""Lists in pages: ``page``, ``page_size`` and ``sort`` in the query, ``{items, page, page_size, total}`` back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.chassis.http.fields import BoundedInteger

DEFAULT_SIZE = 20
MAX_SIZE = 100

#: The last page that may be asked for: skipping rows costs what reading them costs.
MAX_PAGE = 10_000


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for; ``number`` counts from 1."""

    number: int
    size: int
    sort: str
    descending: bool

    @property
    def offset(self) -> int:
        """Rows to skip."""
        return (self.number - 1) * self.size


def page_schema(sort: Sequence[str], default: str | None = None) -> type[Schema]:
    """Return a query schema with ``page``, ``page_size`` and ``sort`` (a name of ``sort``, ``-`` for descending).

    Inherit from it to add filters; the loaded data holds one ``Page`` under ``page``. ``default`` is the sort
    of a query that names none, the first of ``sort`` otherwise.
    """
    orders = [sign + name for name in sort for sign in ("", "-")]

    class PageQuerySchema(Schema):
        page = BoundedInteger(1, MAX_PAGE, in_query=True, load_default=1)
        page_size = BoundedInteger(1, MAX_SIZE, in_query=True, load_default=DEFAULT_SIZE)
        sort = fields.String(validate=validate.OneOf(orders), load_default=default or orders[0])

        @post_load
        def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
            """Put the three parameters into one ``Page``."""
            order = data.pop("sort")
            page = Page(
                data.pop("page"), data.pop("page_size"), order.removeprefix("-"), order.startswith("-")
            )
            return {**data, "page": page}

    return PageQuerySchema


def page_answer_schema(name: str, item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of ``item``; ``name`` is its name in the OpenAPI document."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "page": fields.Integer(required=True),
            "page_size": fields.Integer(required=True),
            "total": fields.Integer(required=True),
        },
        name=name,
    )


def page_of(items: Sequence[Any], page: Page, total: int) -> dict[str, Any]:
    """Return the answer of a list."""
    return {"items": items, "page": page.number, "page_size": page.size, "total": total}
