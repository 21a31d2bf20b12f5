"""Staff, departments and sign-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.chassis.http.fields import Telephone, Text
from services.chassis.http.paging import page_answer_schema, page_schema
from services.routing.domain.shifts import Shift, ShiftsUnreadable, read_shifts, write_shifts
from services.routing.domain.staff import ROLES
from services.routing.passwords import SHORTEST

_USERNAME = "^[a-z0-9][a-z0-9._@-]{0,63}$"

#: Chinese headings of the two lists.
STAFF_HEADINGS = {
    "用户名": "username",
    "账号": "username",
    "姓名": "name",
    "角色": "role",
    "管理范围": "path",
    "路径": "path",
    "部门": "department",
    "部门编码": "department",
    "电话": "phone",
    "手机": "phone",
    "联系电话": "phone",
    "邮箱": "email",
    "电子邮箱": "email",
    "班次": "shifts",
    "排班": "shifts",
    "密码": "password",
    "初始密码": "password",
}
DEPARTMENT_HEADINGS = {
    "管理范围": "path",
    "路径": "path",
    "编码": "code",
    "部门编码": "code",
    "名称": "name",
    "部门名称": "name",
}


class ShiftsField(fields.Field[tuple[Shift, ...]]):
    """Weekly shifts in the estate's zone: `Mon-Fri 08:00-17:30; Sat 22:00-06:00`."""

    default_error_messages = {"unreadable": "shifts_unreadable"}  # noqa: RUF012

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> tuple[Shift, ...]:
        if not isinstance(value, str) or len(value) > 1000:
            raise self.make_error("unreadable")
        try:
            return read_shifts(value)
        except ShiftsUnreadable as error:
            raise self.make_error("unreadable") from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str:
        return write_shifts(value)


class TokenRequestSchema(Schema):
    """Who signs in."""

    username = Text(min=1, max=100, required=True)
    password = Text(min=1, max=200, required=True)


class RefreshRequestSchema(Schema):
    """A refresh token, which serves once."""

    refresh_token = Text(min=1, max=200, required=True)


class TokenSchema(Schema):
    """An access token for the `Authorization` header, its life in seconds, and what renews it."""

    access_token = fields.String(required=True)
    expires_in = fields.Integer(required=True)
    refresh_token = fields.String(required=True)


class AppointmentSchema(Schema):
    """A person who is to work here. Without a password he cannot sign in, without shifts he gets no work."""

    username = Text(required=True, validate=validate.Regexp(_USERNAME))
    name = Text(min=1, max=100, required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    path = Text(min=1, max=1000, required=True)
    department = Text(min=1, max=100, allow_none=True, load_default=None)
    phone = Telephone(allow_none=True, load_default=None)
    email = Text(min=3, max=200, allow_none=True, load_default=None)
    shifts = ShiftsField(load_default=(), metadata={"type": "string"})
    password = Text(min=SHORTEST, max=200, allow_none=True, load_default=None, load_only=True)


class StaffSchema(Schema):
    """A person who works here."""

    id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    path = fields.String(required=True)
    department = fields.String(required=True, allow_none=True)
    shifts = ShiftsField(required=True, metadata={"type": "string"})
    disabled = fields.Boolean(required=True)


StaffPageSchema = page_answer_schema("StaffPage", StaffSchema)


class StaffQuerySchema(page_schema(sort=("username", "name"))):  # type: ignore[misc]
    """Filters of the list."""

    role = fields.String(validate=validate.OneOf(ROLES))
    department = Text(min=1, max=100)


class DepartmentSchema(Schema):
    """A department that serves the estates in the subtree of `path`."""

    path = Text(max=1000, required=True)
    code = Text(min=1, max=100, required=True)
    name = Text(max=100, load_default="")


class DepartmentListSchema(Schema):
    """All departments of a subtree."""

    items = fields.List(fields.Nested(DepartmentSchema), required=True)


class ImportedSchema(Schema):
    """What an import did."""

    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
