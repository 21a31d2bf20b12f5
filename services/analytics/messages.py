"""Texts of analytics for people."""

from __future__ import annotations

from services.analytics.reports.wording import WORDS
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

#: What the answers about causes and the ranking say, by the name of what is explained; in the catalogue as `kpi_<name>`.
_OTHER_DEFINITIONS: Catalogue = {
    "unsolved": {
        "zh": "未解决：有效件中，工单尚未全部签字确认，或确认后又重启处理的件数。",
        "en": "Valid cases whose work orders are not all signed off, or that were reopened since (R183).",
    },
    "by_status": {
        "zh": "未解决件所处环节。",
        "en": "How far the unsolved cases have come.",
    },
    "by_clock": {
        "zh": "未解决件中已超时、仍在计时的时限；key 为空表示没有超时。",
        "en": "The clock that is past its target and still runs; a null key is for those without one.",
    },
    "by_category": {
        "zh": "按类别统计的件数。",
        "en": "Cases by category.",
    },
    "by_cause": {
        "zh": "按责任人处理时认定的原因统计的件数；key 为空表示尚未认定。",
        "en": "Cases by the cause that who handled them found; a null key is for those of which none is known yet (R191).",
    },
    "place": {
        "zh": "名次：先比按时解决率，再比按时解决件数；两者相同则名次并列。",
        "en": "By the ratio of those solved in time, then by their number; who is equal in both has the same place (R195).",
    },
    "on_time": {
        "zh": "按时解决：已解决，且答复、解决两项时限均未超时。责任人以最近一次派单为准。",
        "en": "Resolved cases of which neither the clock of the answer nor that of the solution was ever breached. They are "
        "of whoever was assigned last.",
    },
}

#: What is told beside figures of causes, and beside a ranking.
DEFINED_OF_UNSOLVED = ("window", "unsolved", "by_status", "by_clock", "by_category", "by_cause")
DEFINED_OF_REPEATS = ("window", "repeats", "by_category", "by_cause")
DEFINED_OF_RANKING = ("window", "resolved", "place", "on_time")

_LABELS: Catalogue = {
    "cause_design_fault": {"zh": "设计缺陷", "en": "Design fault"},
    "cause_construction_fault": {"zh": "施工质量缺陷", "en": "Construction fault"},
    "cause_wear": {"zh": "设施设备老化", "en": "Wear and age"},
    "cause_late_repair": {"zh": "维修不及时", "en": "Late repair"},
    "cause_poor_repair": {"zh": "维修不彻底", "en": "Poor repair"},
    "cause_missing_parts": {"zh": "缺少备件材料", "en": "Missing parts or material"},
    "cause_staff": {"zh": "人员服务不到位", "en": "Conduct or skill of staff"},
    "cause_management": {"zh": "管理制度不完善", "en": "Management and procedures"},
    "cause_residents": {"zh": "业主或住户行为", "en": "Conduct of residents"},
    "cause_others": {"zh": "外部单位责任", "en": "Duty of others, such as utilities or authorities"},
    "cause_other": {"zh": "其他原因", "en": "Other"},
    "status_received": {"zh": "待派单", "en": "Not yet assigned"},
    "status_assigned": {"zh": "已派单，待答复", "en": "Assigned, not yet answered"},
    "status_answered": {"zh": "已答复，处理中", "en": "Answered, being handled"},
    "status_reopened": {"zh": "重启处理", "en": "Reopened"},
    "status_closed": {"zh": "未解决即办结", "en": "Closed without a solution"},
    "clock_dispatch": {"zh": "派单", "en": "Dispatch"},
    "clock_answer": {"zh": "答复", "en": "Answer"},
}

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
    **{f"kpi_{name}": texts for name, texts in {**_DEFINITIONS, **_OTHER_DEFINITIONS}.items()},
    **_LABELS,
    **WORDS,
}
