"""The HTTP surface of notification: callback tasks, messages, and looks at a contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.chassis.database import Database
from services.chassis.http.access import current_principal, requires
from services.chassis.http.blueprint import Blueprint, keyed
from services.chassis.http.idempotency import Answer, key_of_request, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import Role
from services.notification.domain.addresses import Channel, masked
from services.notification.domain.callbacks import Attempt, Policy
from services.notification.metrics import CallbackMetrics
from services.notification.schemas import (
    CallbackPageSchema,
    CallbackQuerySchema,
    CallbackSchema,
    ClaimedCallbackSchema,
    ContactSchema,
    ContactViewSchema,
    MessagePageSchema,
    MessageQuerySchema,
    OutcomeSchema,
)
from services.notification.storage import callbacks as callback_rows
from services.notification.storage import deliveries
from services.notification.storage.contacts import STAFF
from services.notification.usecases import callbacks, contact_views

#: Who calls residents back: the assistant or supervisor (R131), the service centre (R133), and who leads them.
CALLERS = (Role.RECEIVER, Role.HEAD, Role.DIRECTOR, Role.CENTRE)
#: Who sees what was sent and what is to be called.
READERS = (*CALLERS, Role.GROUP, Role.AUDITOR)
#: Who handles cases, and so may have to reach the resident.
CONTACT_VIEWERS = (Role.RECEIVER, Role.HANDLER, Role.HEAD, Role.DIRECTOR, Role.CENTRE)


def callbacks_blueprint(database: Database, policy: Policy, metrics: CallbackMetrics) -> Blueprint:
    """Callback tasks: list, claim, outcome."""
    bp = Blueprint("callbacks", description="Residents to be called about the result")

    @bp.route("/callbacks")
    @bp.arguments(CallbackQuerySchema, location="query")
    @bp.response(200, CallbackPageSchema)
    @requires(*READERS)
    def list_callbacks(query: dict[str, Any]) -> Mapping[str, Any]:
        """List callback tasks of the caller's subtree, those longest due first; without telephone numbers."""
        page = query["page"]
        with database.read() as connection:
            items, total = callback_rows.listing(
                connection,
                current_principal().path,
                number=query["number"],
                status=query["status"],
                page=page,
            )
        return page_of(items, page, total)

    @bp.route("/callbacks/<uuid:id>/claim", methods=["POST"])
    @bp.response(200, ClaimedCallbackSchema)
    @requires(*CALLERS)
    def claim_callback(id: UUID) -> Mapping[str, Any]:
        """Take a callback task for a while and see whom to call; the look is recorded. Again: for longer."""
        principal = current_principal()
        with database.begin() as work:
            return callbacks.claim(
                work,
                str(id),
                scope=principal.path,
                caller=principal.id,
                role=principal.role,
                policy=policy,
            )

    @bp.route("/callbacks/<uuid:id>/outcome", methods=["POST"])
    @bp.arguments(OutcomeSchema)
    @bp.response(200, CallbackSchema)
    @requires(*CALLERS)
    @keyed
    def report_callback(body: dict[str, Any], id: UUID) -> Any:
        """Report what the call came to. Nobody reached: due again later, or at its end after the last attempt."""
        principal, key = current_principal(), key_of_request()
        attempt = Attempt(body["outcome"])

        def action(work: UnitOfWork) -> Answer:
            row = callbacks.report(
                work,
                str(id),
                attempt,
                body["comment"],
                scope=principal.path,
                caller=principal.id,
                policy=policy,
            )
            return Answer(200, CallbackSchema().dump(row))

        answer = once(database, key, action)
        if not answer.replayed:
            metrics.attempts.labels(attempt.value).inc()
        return answer.response()

    return bp


def messages_blueprint(database: Database) -> Blueprint:
    """What was sent and is to be sent."""
    bp = Blueprint("messages", description="Messages to residents and staff")

    @bp.route("/messages")
    @bp.arguments(MessageQuerySchema, location="query")
    @bp.response(200, MessagePageSchema)
    @requires(*READERS)
    def list_messages(query: dict[str, Any]) -> Mapping[str, Any]:
        """List messages about complaints of the caller's subtree, the newest first; recipients are masked."""
        page = query["page"]
        with database.read() as connection:
            rows, total = deliveries.listing(
                connection,
                current_principal().path,
                number=query["number"],
                status=query["status"],
                page=page,
            )
        return page_of([_message(row) for row in rows], page, total)

    return bp


def contacts_blueprint(database: Database) -> Blueprint:
    """Looks at the contact of a complaint."""
    bp = Blueprint("contacts", description="Whom to reach about a complaint")

    @bp.route("/complaints/<string:number>/contact-views", methods=["POST"])
    @bp.arguments(ContactViewSchema)
    @bp.response(201, ContactSchema)
    @requires(*CONTACT_VIEWERS)
    @keyed
    def view_contact(body: dict[str, Any], number: str) -> Any:
        """See name and number of the reporter of a complaint; who looked, when and why is kept."""
        principal, key = current_principal(), key_of_request()

        def action(work: UnitOfWork) -> Answer:
            contact_views.view(
                work,
                number,
                scope=principal.path,
                by=principal.id,
                role=principal.role,
                reason=body["reason"],
            )
            return Answer(201, {"number": number})

        def complete(stored: Mapping[str, Any]) -> Mapping[str, Any]:
            with database.read() as connection:
                contact = contact_views.contact_of(connection, number, principal.path)
            # Erased since the first answer to this key: there is nothing to be seen any more.
            name, phone, email = (
                (contact.name, contact.phone, contact.email) if contact else (None, None, None)
            )
            return {**stored, "name": name, "phone": phone, "email": email}

        return once(database, key, action, complete=complete).response()

    return bp


def _message(row: Mapping[str, Any]) -> Mapping[str, Any]:
    address = row["phone"] if row["channel"] == Channel.SMS else row["email"]
    return {
        **row,
        "receiver": "staff" if row["source"] == STAFF else "resident",
        "recipient": masked(address),
        "text": row["body"],
    }
