"""Texts of analytics for people."""

from __future__ import annotations

from services.chassis.i18n import Catalogue

#: The definitions of DESIGN §6, by the name of the figure they explain; each is in the catalogue as `kpi_<name>`.
_DEFINITIONS: Catalogue = {
    "window": {
        "zh": "统计范围：from ≤ 受理时间 < to；日期按小区所在时区的零点计算。只统计 kinds 所列的诉求类型（默认仅投诉）。",
        "en": "Counted are the cases received from `from` on and before `to`; a date begins at midnight in the estate's "
        "zone. Only the kinds named by `kinds` count, complaints alone unless it is given.",
    },
    "received": {
        "zh": "统计范围内收到的件数。",
        "en": "Cases received in the window.",
    },
    "valid": {
        "zh": "有效件数：未被核实为无效且未撤回。以下各项只统计有效件。",
        "en": "Those of them that were not verified invalid and not withdrawn. All figures below are of valid cases.",
    },
    "resolved": {
        "zh": "全部工单已由责任部门签字确认、此后未重启处理的件数。",
        "en": "Those whose work orders are all signed off and that were not reopened since.",
    },
    "resolution_ratio": {
        "zh": "问题解决率：resolved ÷ valid（截至当前）。",
        "en": "resolved ÷ valid, as of now (R183).",
    },
    "repeat_eligible": {
        "zh": "有房屋或地点信息、可判断是否重复的件数。",
        "en": "Those that have a household or a place.",
    },
    "repeats": {
        "zh": "重复投诉：同一小区内，此前 30×24 小时内（含端点）已有同一房屋或同一地点（转大写、合并空白后相同）、"
        "同一类别的有效件；先后顺序按受理时间排定，时间相同的按编号。",
        "en": "Those with an earlier valid case of the counted kinds of the same household or the same place (upper case, "
        "blanks collapsed) in the same estate, in the same category, received at most 30 × 24 h before, inclusive; "
        "ordered by time of receipt, then by number.",
    },
    "repeat_ratio": {
        "zh": "重复投诉率：repeats ÷ repeat_eligible。",
        "en": "repeats ÷ repeat_eligible (R190).",
    },
    "response_seconds": {
        "zh": "响应时间（秒）：责任人首次答复时间减去受理时间；分位数按线性插值计算。",
        "en": "Seconds from receipt to the first answer of a responsible person (R182); quantiles by linear interpolation.",
    },
    "resolution_seconds": {
        "zh": "解决时间（秒）：已解决件的解决时间减去受理时间；分位数按线性插值计算。",
        "en": "Seconds from receipt to resolution, of resolved cases (R187, R188); quantiles by linear interpolation.",
    },
    "satisfaction_ratio": {
        "zh": "满意率：（满意＋基本满意）÷（满意＋基本满意＋不满意），每件取最近一次评价或回访结果。",
        "en": "(satisfied + basically satisfied) ÷ (satisfied + basically satisfied + dissatisfied), over the latest "
        "rating or callback of each case (R172).",
    },
    "overdue": {
        "zh": "超时件数：尚未办结，且有时限（派单或答复）已超时、仍在计时的件数。",
        "en": "Those not closed that have a clock (dispatch or answer) past its target and still running.",
    },
}

#: The names of the definitions, in the order in which they are told.
DEFINED = tuple(_DEFINITIONS)

MESSAGES: Catalogue = {
    "bound_malformed": {
        "zh": "应为日期（如 2026-11-01）或带时区的 RFC 3339 时间。",
        "en": "Give a date (as 2026-11-01) or an RFC 3339 instant with its offset.",
    },
    "kinds_malformed": {
        "zh": "应为以逗号分隔的诉求类型。",
        "en": "Give kinds joined by commas.",
    },
    "scope_unknown": {
        "zh": "组织架构中未找到节点 {scope}。",
        "en": "The tenant tree has no node {scope}.",
    },
    "window_reversed": {"zh": "结束早于开始。", "en": "It ends before it starts."},
    "zone_unknown": {"zh": "未找到时区 {zone}。", "en": "There is no time zone {zone}."},
    **{f"kpi_{name}": texts for name, texts in _DEFINITIONS.items()},
}
