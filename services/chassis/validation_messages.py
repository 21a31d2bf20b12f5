"""What the validators say, in Chinese.

marshmallow's messages are English texts made from templates; they are recognised by those templates and said
again in the language asked for. A text no template fits is passed on as it is.
"""

from __future__ import annotations

import re

#: marshmallow's templates and those of ``http.fields``, with their Chinese counterparts.
CHINESE = {
    "Missing data for required field.": "此项必填。",
    "Field may not be null.": "此项不能为空值。",
    "Invalid value.": "值无效。",
    "Invalid input.": "输入无效。",
    "Invalid type.": "类型无效。",
    "Invalid input type.": "输入类型无效。",
    "Unknown field.": "未知字段。",
    "Not a valid list.": "应为列表。",
    "Not a valid tuple.": "应为元组。",
    "Not a valid string.": "应为文本。",
    "Not a valid utf-8 string.": "应为有效的 UTF-8 文本。",
    "Not a valid UUID.": "应为有效的 UUID。",
    "Not a valid number.": "应为数字。",
    "Number too large.": "数字过大。",
    "Not a valid integer.": "应为整数。",
    "Special numeric values (nan or infinity) are not permitted.": "不允许 NaN 或无穷大。",
    "Not a valid boolean.": "应为 true 或 false。",
    "Not a valid datetime.": "应为有效的日期时间。",
    "Not a valid time.": "应为有效的时间。",
    "Not a valid date.": "应为有效的日期。",
    "Not a valid period of time.": "应为有效的时长。",
    "Not a valid mapping type.": "应为对象。",
    "Not a valid URL.": "应为有效的网址。",
    "Not a valid email address.": "应为有效的电子邮件地址。",
    "Not a valid IP address.": "应为有效的 IP 地址。",
    "String does not match expected pattern.": "格式不符合要求。",
    "Must be equal to {other}.": "必须等于 {other}。",
    "Must be one of: {choices}.": "必须是以下之一：{choices}。",
    "One or more of the choices you made was not in: {choices}.": "有选项不在以下范围内：{choices}。",
    "One or more of the choices you made was in: {values}.": "有选项属于不允许的值：{values}。",
    "Must be greater than or equal to {min}.": "不能小于 {min}。",
    "Must be greater than {min}.": "必须大于 {min}。",
    "Must be less than or equal to {max}.": "不能大于 {max}。",
    "Must be less than {max}.": "必须小于 {max}。",
    "Must be greater than or equal to {min} and less than or equal to {max}.": "应在 {min} 与 {max} 之间。",
    "Must be greater than {min} and less than {max}.": "应大于 {min} 且小于 {max}。",
    "Shorter than minimum length {min}.": "长度不能少于 {min}。",
    "Longer than maximum length {max}.": "长度不能超过 {max}。",
    "Length must be between {min} and {max}.": "长度应在 {min} 与 {max} 之间。",
    "Length must be {equal}.": "长度必须为 {equal}。",
    "Control characters are not allowed.": "不能包含控制字符。",
    "Not a telephone number.": "电话号码格式不正确。",
    "Not an RFC 3339 instant with an offset.": "应为带时区偏移的 RFC 3339 时间。",
}


def translate_validation(message: str, language: str) -> str:
    """Return a validator's English message in ``language``."""
    if language == "en":
        return message
    exact = CHINESE.get(message)
    if exact is not None:
        return exact
    for pattern, translation in _PATTERNS:
        match = pattern.fullmatch(message)
        if match:
            return translation.format(**match.groupdict())
    return message


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(template)), re.DOTALL)


#: Longest first, so that "between" is not taken for its own beginning.
_PATTERNS = [
    (_pattern(template), CHINESE[template])
    for template in sorted(CHINESE, key=len, reverse=True)
    if "{" in template
]
