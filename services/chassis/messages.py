"""Texts of the chassis: problems any service may answer with."""

from __future__ import annotations

from services.chassis.i18n import Catalogue

MESSAGES: Catalogue = {
    "status_400": {"zh": "请求无法读取", "en": "The request cannot be read"},
    "status_401": {"zh": "需要登录", "en": "Sign-in needed"},
    "status_403": {"zh": "无权操作", "en": "Not allowed"},
    "status_404": {"zh": "未找到", "en": "Not found"},
    "status_405": {"zh": "不支持该方法", "en": "Method not allowed"},
    "status_409": {"zh": "状态冲突", "en": "Conflict"},
    "status_413": {"zh": "内容过大", "en": "Too large"},
    "status_415": {"zh": "不支持的内容类型", "en": "Unsupported content type"},
    "status_422": {"zh": "内容不符合要求", "en": "The content is not valid"},
    "status_429": {"zh": "请求过于频繁", "en": "Too many requests"},
    "status_500": {"zh": "系统内部错误", "en": "Internal error"},
    "status_503": {"zh": "服务暂时不可用", "en": "Temporarily unavailable"},
    "status_other": {"zh": "请求失败", "en": "The request failed"},
    "bad_request": {"zh": "请求格式有误。", "en": "The request is malformed."},
    "malformed_json": {"zh": "请求正文不是有效的 JSON。", "en": "The body is not valid JSON."},
    "conflict": {"zh": "当前状态不允许此操作。", "en": "The present state does not allow this."},
    "csv_encoding": {
        "zh": "文件编码无法识别，请另存为 UTF-8 或 GB18030 编码的 CSV 文件。",
        "en": "The file is neither UTF-8 nor GB18030.",
    },
    "csv_malformed": {
        "zh": "第 {line} 行不是有效的 CSV 格式（引号可能未闭合）。",
        "en": "Line {line} is not valid CSV; a quotation mark may be open.",
    },
    "csv_heading_missing": {"zh": "首行缺少列：{columns}。", "en": "The first line lacks: {columns}."},
    "csv_heading_repeated": {"zh": "首行有重复的列。", "en": "A column occurs twice in the first line."},
    "csv_too_many_rows": {
        "zh": "每个文件最多 {rows} 行，请分批导入。",
        "en": "A file may hold {rows} rows; please split it.",
    },
    "csv_too_many_cells": {
        "zh": "该行的列数多于首行。",
        "en": "The line has more cells than the first line.",
    },
    "dead_letter_not_open": {
        "zh": "该死信已在处理或已处理，不能作废。",
        "en": "The dead letter is being replayed or is settled; it cannot be discarded.",
    },
    "dead_letter_unknown": {"zh": "没有这封死信。", "en": "There is no such dead letter."},
    "forbidden": {"zh": "您无权执行此操作。", "en": "You may not do this."},
    "role_not_allowed": {"zh": "您的角色无权执行此操作。", "en": "Your role may not do this."},
    "idempotency_key_malformed": {
        "zh": "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符。",
        "en": "Idempotency-Key must be 1 to 255 visible ASCII characters.",
    },
    "idempotency_key_missing": {
        "zh": "此操作需要 Idempotency-Key 请求头。",
        "en": "This operation needs the header Idempotency-Key.",
    },
    "idempotency_key_reused": {
        "zh": "该 Idempotency-Key 已用于另一请求。",
        "en": "This Idempotency-Key was used for another request.",
    },
    "internal_error": {
        "zh": "系统出错，我们已记录，请稍后重试。",
        "en": "Something went wrong and was recorded. Please try again later.",
    },
    "invalid": {"zh": "提交的内容有误，请检查各字段。", "en": "Please check the fields named."},
    "invalid_token": {
        "zh": "登录已失效，请重新登录。",
        "en": "The sign-in is no longer valid; sign in again.",
    },
    "keys_unavailable": {"zh": "暂时无法验证登录。", "en": "Sign-ins cannot be checked at present."},
    "loops_stuck": {"zh": "后台任务没有进展。", "en": "Background work does not progress."},
    "method_not_allowed": {"zh": "此地址不支持该方法。", "en": "This address does not take this method."},
    "not_found": {"zh": "您要找的内容不存在。", "en": "What you look for does not exist."},
    "overloaded": {
        "zh": "当前请求过多，请在 {seconds} 秒后重试。",
        "en": "There are too many requests at present; try again in {seconds} seconds.",
    },
    "payload_too_large": {"zh": "提交的内容过大。", "en": "What was sent is too large."},
    "route_unknown": {"zh": "该地址不存在。", "en": "There is nothing at this address."},
    "too_many_requests": {
        "zh": "请求过于频繁，请在 {retry_after} 秒后重试。",
        "en": "Too many requests; try again in {retry_after} seconds.",
    },
    "unauthorized": {"zh": "请先登录。", "en": "Please sign in first."},
    "unavailable": {
        "zh": "服务暂时不可用，请稍后重试。",
        "en": "The service is not available; try again shortly.",
    },
    "unsupported_media_type": {
        "zh": "不支持该内容类型。",
        "en": "This content type is not supported.",
    },
}
