"""Questions about reports, and reports as JSON (R192, R197)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.analytics.messages import DEFINED
from services.analytics.reports.period import Kind as PeriodKind
from services.analytics.schemas.figures import (
    KindsField,
    KpiRowSchema,
    PlaceSchema,
    RepeatRowSchema,
    TallySchema,
    answer,
    exact,
    rows,
)
from services.chassis.http.fields import Instant, Text
from services.contracts.vocabulary import Kind, Satisfaction, values

JSON, XLSX = "json", "xlsx"


class ReportQuerySchema(Schema):
    """Of which complaints, and how the report is wanted."""

    scope = Text(
        min=1,
        max=1000,
        load_default=None,
        metadata={
            "description": "Path of a node of the tenant tree within the caller's subtree, which is the default."
        },
    )
    kinds = KindsField(load_default=(Kind.COMPLAINT.value,))
    format = fields.String(load_default=JSON, validate=validate.OneOf([JSON, XLSX]))

    @post_load
    def workbook(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Say whether a workbook is wanted."""
        as_workbook = data.pop("format") == XLSX
        return {**data, "as_workbook": as_workbook}


class PeriodSchema(Schema):
    """A month or a quarter, from the midnight of each estate on until before that of `to`."""

    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in PeriodKind]))
    name = fields.String(required=True)
    start = fields.Date(required=True, data_key="from", attribute="from")
    end = fields.Date(required=True, data_key="to", attribute="to")
    made_at = Instant(required=True)


class OverviewSchema(Schema):
    """All complaints of the period, of the one before and of the same a year before; null where there is none."""

    now = fields.Nested(KpiRowSchema, required=True, allow_none=True)
    before = fields.Nested(KpiRowSchema, required=True, allow_none=True)
    year_before = fields.Nested(KpiRowSchema, required=True, allow_none=True)


class ComparedRowSchema(KpiRowSchema):
    """The figures of one group, and how many it had in the period before."""

    received_before = fields.Integer(required=True, validate=validate.Range(0))


class BuildingSchema(Schema):
    """A building, as far as complaints name one as their place."""

    estate = fields.String(required=True)
    name = fields.String(required=True)
    building = fields.String(required=True)
    valid = fields.Integer(required=True)
    repeats = fields.Integer(required=True)


class RepeatedSchema(Schema):
    """A place and category that complaints were repeated of; `place` is null where only the household is known."""

    estate = fields.String(required=True)
    name = fields.String(required=True)
    place = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    repeats = fields.Integer(required=True)


class ReportedRepeatsSchema(Schema):
    """What repeats an earlier complaint, and where (R190, R191)."""

    repeats = fields.Integer(required=True)
    by_category = rows(TallySchema)
    by_cause = rows(TallySchema)
    places = rows(RepeatedSchema)
    rows = rows(RepeatRowSchema)


class ReportedCaseSchema(Schema):
    """A complaint without a word about who made it; `received_at` is of its estate's zone, `clock` the one that is late."""

    number = fields.String(required=True)
    estate = fields.String(required=True)
    name = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    severity = fields.String(required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True, format="iso")
    status = fields.String(required=True)
    clock = fields.String(required=True, allow_none=True)
    repeats = fields.Boolean(required=True)
    resolution_seconds = fields.Float(required=True, allow_none=True)
    satisfaction = fields.String(required=True, allow_none=True)


class OverdueSchema(Schema):
    """What is overdue, those received first; `total` counts those not listed too."""

    total = fields.Integer(required=True)
    rows = rows(ReportedCaseSchema)


class ReportedUnsolvedSchema(Schema):
    """What is not solved, and why (R183)."""

    unsolved = fields.Integer(required=True)
    by_status = rows(TallySchema)
    by_clock = rows(TallySchema)
    by_category = rows(TallySchema)
    by_cause = rows(TallySchema)


class SatisfactionSchema(Schema):
    """What complainants say of the results (R172)."""

    opinions = fields.Integer(required=True)
    ratio = fields.Float(required=True, allow_none=True)
    answers = fields.Nested(
        Schema.from_dict(
            {word: fields.Integer(required=True) for word in values(Satisfaction)}, name="SatisfactionAnswers"
        ),
        required=True,
    )


ReportSchema = answer(
    "Report",
    DEFINED,
    period=fields.Nested(PeriodSchema, required=True),
    scope=fields.String(required=True),
    scope_name=fields.String(required=True, allow_none=True),
    exact=exact(),
    overview=fields.Nested(OverviewSchema, required=True),
    months=rows(KpiRowSchema),
    by_group=rows(ComparedRowSchema),
    by_category=rows(ComparedRowSchema),
    by_estate=rows(ComparedRowSchema),
    by_region=rows(ComparedRowSchema),
    by_channel=rows(ComparedRowSchema),
    by_severity=rows(ComparedRowSchema),
    by_department=rows(ComparedRowSchema),
    by_building=rows(BuildingSchema),
    repeats=fields.Nested(ReportedRepeatsSchema, required=True),
    overdue=fields.Nested(OverdueSchema, required=True),
    unsolved=fields.Nested(ReportedUnsolvedSchema, required=True),
    satisfaction=fields.Nested(SatisfactionSchema, required=True),
    ranking=rows(PlaceSchema),
    typical=rows(ReportedCaseSchema),
)
