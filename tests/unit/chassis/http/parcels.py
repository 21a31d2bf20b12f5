"""A small service of no domain, as the tests of the edge need one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response
from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate
from prometheus_client import CollectorRegistry

from services.chassis import messages
from services.chassis.http.access import current_principal, optional_principal, public, requires, signed_in
from services.chassis.http.app import HttpContext, create_app
from services.chassis.http.blueprint import Blueprint, keyed
from services.chassis.http.fields import BoundedInteger, Instant, Text
from services.chassis.http.idempotency import key_of_request
from services.chassis.http.json import json_response
from services.chassis.http.paging import page_answer_schema, page_of, page_schema
from services.chassis.i18n import Translator
from services.chassis.metrics import PlatformMetrics
from services.chassis.testing.auth import TestAuth
from services.chassis.testing.clock import ManualClock

MESSAGES = {
    "parcel_unknown": {"zh": "没有包裹 {number}", "en": "No parcel {number}"},
    "too_heavy": {"zh": "不能超过 {most} 公斤", "en": "at most {most} kg"},
}


class SenderSchema(Schema):
    """Who sends."""

    name = Text(1, 20, required=True)


class ParcelSchema(Schema):
    """A parcel."""

    text = Text(1, 10, required=True)
    sender = fields.Nested(SenderSchema)
    sent_at = Instant()
    weight = BoundedInteger(0, 100)
    kind = fields.String(validate=validate.OneOf(["letter", "box"]))


class ShownSchema(Schema):
    """A parcel as it is shown."""

    text = fields.String(required=True)
    weight = fields.Integer(required=True)


class ActedSchema(Schema):
    """Whatever the test made of it."""

    id = fields.String()


class ListSchema(page_schema(sort=("sent_at", "weight"), default="-sent_at")):  # type: ignore[misc]
    """Filters of the list."""

    q = Text(max=20)


@dataclass
class Parcels:
    """The application with what a test wants to look at."""

    app: Flask
    clock: ManualClock
    auth: TestAuth
    metrics: PlatformMetrics
    #: What the route ``/act`` does.
    act: Callable[[], Any] = field(default=dict)
    ready: Callable[[], None] = field(default=lambda: None)

    @property
    def client(self) -> FlaskClient:
        """A new client."""
        return self.app.test_client()


def make_parcels() -> Parcels:
    """Return a running small service."""
    clock = ManualClock()
    auth, metrics = TestAuth(clock), PlatformMetrics(CollectorRegistry())
    bp = Blueprint("parcels", description="Parcels")

    @bp.route("/parcels", methods=["POST"])
    @bp.arguments(ParcelSchema)
    @bp.response(201, ParcelSchema)
    @public
    def register(body: dict[str, Any]) -> dict[str, Any]:
        """Register a parcel."""
        return body

    @bp.route("/parcels")
    @bp.arguments(ListSchema, location="query")
    @bp.response(200, page_answer_schema("ParcelPage", ShownSchema))
    @requires("head", "director")
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List parcels."""
        page = query["page"]
        return page_of([{"text": f"{page.sort} {page.descending}", "weight": page.offset}], page, 1)

    @bp.route("/parcels/<number>")
    @bp.response(200, ShownSchema)
    @signed_in
    def show(number: str) -> dict[str, Any]:
        """Show a parcel."""
        return {"text": current_principal().id, "weight": len(number)}

    @bp.route("/act", methods=["POST"])
    @bp.response(200, ActedSchema)
    @public
    def act() -> Response:
        """Do what the test wants."""
        principal = optional_principal()
        return json_response(parcels.act() if principal is None else {"id": principal.id})

    @bp.route("/keyed", methods=["POST"])
    @bp.response(200, ActedSchema)
    @signed_in
    @keyed
    def act_once() -> dict[str, Any]:
        """Say whose key it is."""
        key = key_of_request()
        return {"id": key.caller if key else None}

    context = HttpContext(
        clock=clock,
        metrics=metrics,
        translator=Translator(messages.MESSAGES, MESSAGES),
        gate=auth.gate(),
        readiness={"database": lambda: parcels.ready()},
    )
    parcels = Parcels(create_app("parcels", [bp], context=context), clock, auth, metrics)
    return parcels
