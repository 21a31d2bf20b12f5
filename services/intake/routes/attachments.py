"""Files of complaints over HTTP: sent as they are, kept as what they really are, fetched by links that end."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, request

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import Forbidden, Invalid
from services.chassis.http.access import optional_principal, public
from services.chassis.http.blueprint import Blueprint, keyed
from services.chassis.http.errors import UnsupportedMediaType
from services.chassis.http.idempotency import Answer, key_of_request, once
from services.chassis.http.rate_limit import allow
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import Purpose
from services.intake.domain.attachments import MAX_BYTES, label, link_is_good, link_query
from services.intake.media import MOST_PIXELS, Kept, TooManyPixels, UnknownKind, kept
from services.intake.routes.follow_ups import TRIES_PER_ADDRESS, TRIES_PER_NUMBER
from services.intake.routes.numbers import caller_address, number_in
from services.intake.schemas.attachments import (
    AttachmentQuerySchema,
    AttachmentSchema,
    AttachmentsSchema,
    LinkQuerySchema,
)
from services.intake.storage import attachments as storage
from services.intake.usecases.attachments import File, admitted, attach, found, listed

#: Header with the claim code of a complainant; staff send their token instead.
CLAIM_CODE = "Claim-Code"
_CLAIM_HEADER = {
    "in": "header",
    "name": CLAIM_CODE,
    "required": False,
    "description": "The claim code of the receipt; not needed with a token.",
    "schema": {"type": "string", "maxLength": 64},
}
_FILE = {"type": "string", "format": "binary", "maxLength": MAX_BYTES}
_FILE_BODY = {"required": True, "content": {"application/octet-stream": {"schema": _FILE}}}


def blueprint(database: Database, secret: str) -> Blueprint:
    """Return the routes; `secret` signs the links."""
    bp = Blueprint("attachments", description="Files of complaints")
    # A picture needs up to 200 MB while it is drawn: one at a time.
    drawing = threading.Lock()

    @bp.route("/complaints/<number>/attachments", methods=["POST"], parameters=[_CLAIM_HEADER])
    @bp.arguments(AttachmentQuerySchema, location="query")
    @bp.doc(requestBody=_FILE_BODY)
    @bp.response(201, AttachmentSchema)
    @keyed
    @public
    def send(query: dict[str, Any], number: str) -> Response:
        """Attach a file, sent as the body: JPEG, PNG, WebP or PDF, up to 10 MB. The same content again is the same file."""
        number, caller = number_in(number), optional_principal()
        limit_tries(number, caller)
        with database.begin() as work:
            # Nobody who may not attach anything has us look at what he sends.
            admitted(work, number, caller=caller, code=_code())
        request.max_content_length = MAX_BYTES
        content = request.get_data()
        key = key_of_request(content)
        with drawing:
            clean = _kept(content)
        file = File(
            digest=hashlib.sha256(content).digest(),
            purpose=Purpose(query["purpose"]),
            name=label(query["name"], clean.media_type),
            media_type=clean.media_type,
            content=clean.content,
        )

        def action(work: UnitOfWork) -> Answer:
            row = attach(work, number, file, caller=caller, code=_code())
            return Answer(201, _shown(row))

        return once(database, key, action, complete=lambda stored: _linked(stored, now())).response()

    @bp.route("/complaints/<number>/attachments", parameters=[_CLAIM_HEADER])
    @bp.response(200, AttachmentsSchema)
    @public
    def listing(number: str) -> dict[str, Any]:
        """List the files of a complaint, each with a link."""
        number, caller = number_in(number), optional_principal()
        limit_tries(number, caller)
        with database.begin() as work:
            rows = listed(work, number, caller=caller, code=_code())
            return {"items": [_linked(_shown(row), work.now) for row in rows]}

    @bp.route("/attachments/<uuid:attachment>")
    @bp.arguments(LinkQuerySchema, location="query")
    @bp.response(200, _FILE, content_type="application/octet-stream")
    @public
    def fetch(query: dict[str, Any], attachment: UUID) -> Response:
        """Fetch a file by a link that was given out; it is never shown in place."""
        id_ = str(attachment)
        if not link_is_good(secret, id_, query["expires"], query["signature"], now()):
            raise Forbidden("attachment_link_invalid")
        with database.read() as connection:
            file = found(connection, id_)
        answer = Response(storage.pieces(database, id_, file.size), content_type=file.media_type)
        answer.headers["Content-Length"] = str(file.size)
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer

    def limit_tries(number: str, caller: Principal | None) -> None:
        if caller is not None:
            return
        with database.begin() as work:
            by_number, by_address = f"claim:number:{number}", f"claim:address:{caller_address(request)}"
            allow(work.connection, [by_number], limit=TRIES_PER_NUMBER, now=work.now)
            allow(work.connection, [by_address], limit=TRIES_PER_ADDRESS, now=work.now)

    def now() -> datetime:
        return database.clock.now()

    def _linked(shown: Any, at: datetime) -> dict[str, Any]:
        link = f"/api/intake/attachments/{shown['id']}?{link_query(secret, shown['id'], at)}"
        return {**shown, "link": link}

    return bp


def _kept(content: bytes) -> Kept:
    try:
        return kept(content)
    except UnknownKind as error:
        raise UnsupportedMediaType("attachment_type") from error
    except TooManyPixels as error:
        raise Invalid("attachment_too_many_pixels", pixels=MOST_PIXELS // 10_000) from error


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "purpose": row.purpose,
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "by": row.by,
        "at": row.at,
    }


def _code() -> str:
    return request.headers.get(CLAIM_CODE, "")
