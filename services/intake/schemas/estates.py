"""Estates and lists of estates and households."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate

from services.chassis.http.fields import Telephone, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.intake.domain.tree import CODE_PATTERN, KINDS
from services.intake.schemas.complaints import EMAIL, LONGEST_EMAIL

_KINDS_IN_CHINESE = {
    "集团": "group",
    "公司": "company",
    "区域": "region",
    "小区": "estate",
    "项目": "estate",
    "楼栋": "building",
    "房屋": "unit",
}
_YES = frozenset({"true", "1", "yes", "y", "是", "已入住", "入住"})
_NO = frozenset({"false", "0", "no", "n", "否", "未入住", "空置"})
_LANGUAGES = {"中文": "zh", "英文": "en", "zh-cn": "zh", "zh": "zh", "en": "en"}

#: Chinese headings of the two lists.
NODE_HEADINGS = {
    "编码": "code",
    "编号": "code",
    "类型": "kind",
    "名称": "name",
    "上级": "parent",
    "上级编码": "parent",
    "时区": "zone",
}
HOUSEHOLD_HEADINGS = {
    "小区": "estate",
    "小区编码": "estate",
    "项目编码": "estate",
    "房号": "unit",
    "房屋": "unit",
    "入住": "occupied",
    "是否入住": "occupied",
    "姓名": "name",
    "电话": "phone",
    "手机": "phone",
    "联系电话": "phone",
    "邮箱": "email",
    "电子邮箱": "email",
    "语言": "language",
}


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        raise ValidationError("zone_unknown") from error


def _code(**keywords: Any) -> Text:
    return Text(max=40, validate=validate.Regexp(f"^{CODE_PATTERN}$"), **keywords)


class _NodeFields(Schema):
    code = _code(required=True)
    name = Text(min=1, max=100, required=True)
    parent = _code(load_default=None, allow_none=True)
    zone = Text(max=64, load_default=None, allow_none=True, validate=_known_zone)


class NodeSchema(_NodeFields):
    """A node of the tenant tree; a root is a group and has no parent, a node without a zone has its parent's."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))


class NodeLineSchema(_NodeFields):
    """A line of a list of nodes."""

    kind = fields.Function(deserialize=lambda text: _kind(text), required=True)


class HouseholdLineSchema(Schema):
    """A line of a list of households: a home, and perhaps one who lives there."""

    estate = Text(min=1, max=40, required=True)
    unit = Text(min=1, max=60, required=True)
    occupied = fields.Function(deserialize=lambda text: _yes_or_no(text), load_default=True)
    name = Text(max=100, load_default=None)
    phone = Telephone(load_default=None)
    email = Text(max=LONGEST_EMAIL, load_default=None, validate=validate.Regexp(f"^{EMAIL}$"))
    language = fields.Function(deserialize=lambda text: _language(text), load_default=None)


class EstateSchema(Schema):
    """An estate as anybody may see it; `path` are the codes from the group down."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    path = fields.String(required=True)


class EstateQuerySchema(page_schema(sort=("name", "code"))):  # type: ignore[misc]
    """Which estates are looked for: `q` is a part of a name or code."""

    q = Text(max=100, load_default=None)


EstatePageSchema = page_answer_schema("EstatePage", EstateSchema)


class NodeAnswerSchema(Schema):
    """A node that was written."""

    code = fields.String(required=True)


class ImportedSchema(Schema):
    """What became of a list: its rows, the things that are new, and those that became different."""

    rows = fields.Integer(required=True)
    created = fields.Integer(required=True)
    changed = fields.Integer(required=True)


def _kind(text: str) -> str:
    kind = _KINDS_IN_CHINESE.get(text, text.lower())
    if kind not in KINDS:
        raise ValidationError("kind_unknown")
    return kind


def _yes_or_no(text: str) -> bool:
    answer = text.lower()
    if answer in _YES:
        return True
    if answer in _NO:
        return False
    raise ValidationError("yes_or_no")


def _language(text: str) -> str:
    try:
        return _LANGUAGES[text.lower()]
    except KeyError:
        raise ValidationError("language_unknown") from None
