"""Texts of notification's problems. What residents and staff are sent is in `templates/`."""

from __future__ import annotations

from services.chassis.i18n import Catalogue

MESSAGES: Catalogue = {
    "callback_held": {
        "zh": "该回访任务正由他人办理。",
        "en": "Somebody else has this callback in hand.",
    },
    "callback_not_claimed": {
        "zh": "请先领取该回访任务，再填写结果。",
        "en": "Claim this callback before you report on it.",
    },
    "callback_not_due": {
        "zh": "尚未到下一次回访的时间。",
        "en": "The next attempt of this callback is not due yet.",
    },
    "callback_not_open": {
        "zh": "该回访任务已结束。",
        "en": "This callback is over.",
    },
    "callback_unknown": {
        "zh": "未找到编号为 {id} 的回访任务。",
        "en": "There is no callback {id}.",
    },
    "complaint_unknown": {
        "zh": "未找到编号为 {number} 的投诉。",
        "en": "There is no complaint {number}.",
    },
    "contact_none": {
        "zh": "投诉 {number} 没有可查看的联系方式。",
        "en": "There is no contact to be seen for complaint {number}.",
    },
    "contact_unknown": {
        "zh": "尚无联系人 {party} 的资料。",
        "en": "Nothing is known of the person {party} yet.",
    },
    "estate_unknown": {
        "zh": "未找到编码为 {code} 的小区。",
        "en": "There is no estate {code}.",
    },
}
