"""Policy documents as the HTTP surface shows and takes them."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.chassis.http.fields import BoundedInteger, Instant, Text
from services.chassis.http.paging import page_answer_schema, page_schema

_PATH = 1000
#: The highest version a column holds.
_INT32 = 2**31 - 1


class PolicySchema(Schema):
    """The policy of a place. `content` is its own document; `effective` is what holds, in all sections.

    `origins` has the shape of `effective` and names for each value the path whose document gives it, null for the shipped
    one. `version` is 0 and `reason`, `by` and `at` are null where the place has no document; `by` is also null for one set
    by the command line.
    """

    path = fields.String(required=True)
    version = fields.Integer(required=True)
    content = fields.Dict(required=True)
    effective = fields.Dict(required=True)
    origins = fields.Dict(required=True)
    reason = fields.String(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True, allow_none=True)


class PolicyQuerySchema(Schema):
    """Whose policy; the caller's own place unless another is named."""

    path = Text(min=1, max=_PATH)


class PolicyChangeSchema(Schema):
    """A document to be set; `version` is that of the one it replaces, 0 where there is none."""

    path = Text(min=1, max=_PATH, required=True)
    version = BoundedInteger(0, _INT32, required=True)
    content = fields.Dict(required=True)
    reason = Text(min=1, max=2000, required=True)


class PolicyVersionSchema(Schema):
    """A version of the document of a place."""

    path = fields.String(required=True)
    version = fields.Integer(required=True)
    content = fields.Dict(required=True)
    reason = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True)


PolicyHistorySchema = page_answer_schema("PolicyHistory", PolicyVersionSchema)


class PolicyHistoryQuerySchema(page_schema(sort=("at",), default="-at")):  # type: ignore[misc]
    """The versions of one path of the subtree; of all of it unless one is named."""

    path = Text(min=1, max=_PATH)
