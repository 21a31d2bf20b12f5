"""Files of complaints."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import Purpose, values
from services.intake.domain.attachments import ENDINGS

_purpose = validate.OneOf(values(Purpose))


class AttachmentQuerySchema(Schema):
    """What the file shows, and what it is called; complainants attach evidence."""

    purpose = fields.String(load_default=Purpose.EVIDENCE.value, validate=_purpose)
    name = Text(max=255, load_default=None)


class LinkQuerySchema(Schema):
    """What a link was given out with."""

    expires = fields.Integer(required=True, validate=validate.Range(0, 2**53))
    signature = Text(min=64, max=64, required=True)


class AttachmentSchema(Schema):
    """A file of a complaint; `link` is good for 10 minutes. `by` is the staff id of who attached it."""

    id = fields.String(required=True)
    purpose = fields.String(required=True, validate=_purpose)
    name = fields.String(required=True)
    media_type = fields.String(required=True, validate=validate.OneOf(list(ENDINGS)))
    size = fields.Integer(required=True)
    by = fields.String(allow_none=True)
    at = Instant(required=True)
    link = fields.String(required=True)


class AttachmentsSchema(Schema):
    """The files of a complaint, oldest first."""

    items = fields.List(fields.Nested(AttachmentSchema), required=True)
