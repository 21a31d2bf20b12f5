"""The words of reports in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.analytics.reports.names import CATEGORIES
from services.chassis.i18n import Catalogue, Translator

_CODES: Final[Catalogue] = {
    "channel_phone": {"zh": "电话", "en": "Telephone"},
    "channel_web": {"zh": "网页", "en": "Web"},
    "channel_app": {"zh": "手机 App", "en": "App"},
    "channel_email": {"zh": "电子邮件", "en": "E-mail"},
    "channel_wechat": {"zh": "微信", "en": "WeChat"},
    "channel_sms": {"zh": "短信", "en": "SMS"},
    "channel_letter": {"zh": "来信", "en": "Letter"},
    "channel_walk_in": {"zh": "来访", "en": "At the desk"},
    "channel_suggestion_box": {"zh": "意见箱", "en": "Suggestion box"},
    "channel_owners_meeting": {"zh": "业主大会", "en": "Owners' meeting"},
    "channel_government": {"zh": "政府部门转办", "en": "From authorities"},
    "channel_group": {"zh": "集团转办", "en": "From the group"},
    "channel_media": {"zh": "媒体", "en": "Media"},
    "severity_minor": {"zh": "一般", "en": "Minor"},
    "severity_important": {"zh": "重要", "en": "Important"},
    "severity_major": {"zh": "重大", "en": "Major"},
    "department_customer_service": {"zh": "客户服务部", "en": "Customer service"},
    "department_engineering": {"zh": "工程维修部", "en": "Engineering and repair"},
    "department_cleaning": {"zh": "环境保洁部", "en": "Cleaning and greening"},
    "department_security": {"zh": "秩序维护部", "en": "Security"},
    "department_finance": {"zh": "财务收费部", "en": "Finance"},
    "satisfaction_satisfied": {"zh": "满意", "en": "Satisfied"},
    "satisfaction_basically_satisfied": {"zh": "基本满意", "en": "Basically satisfied"},
    "satisfaction_dissatisfied": {"zh": "不满意", "en": "Dissatisfied"},
    "status_resolved": {"zh": "已解决", "en": "Resolved"},
    "clock_solve": {"zh": "解决", "en": "Solution"},
}

_SHEETS: Final[Catalogue] = {
    "report_sheet_overview": {"zh": "总览", "en": "Overview"},
    "report_sheet_trend": {"zh": "趋势", "en": "Trend"},
    "report_sheet_by_category": {"zh": "按类别", "en": "By category"},
    "report_sheet_by_estate": {"zh": "按项目", "en": "By estate"},
    "report_sheet_by_region": {"zh": "按区域", "en": "By region"},
    "report_sheet_by_channel": {"zh": "按渠道", "en": "By channel"},
    "report_sheet_by_severity": {"zh": "按等级", "en": "By severity"},
    "report_sheet_by_department": {"zh": "按部门", "en": "By department"},
    "report_sheet_by_building": {"zh": "按楼栋", "en": "By building"},
    "report_sheet_repeats": {"zh": "重复投诉", "en": "Repeats"},
    "report_sheet_overdue": {"zh": "超时清单", "en": "Overdue"},
    "report_sheet_unsolved": {"zh": "未解决原因", "en": "Unsolved"},
    "report_sheet_satisfaction": {"zh": "满意度", "en": "Satisfaction"},
    "report_sheet_ranking": {"zh": "按时解决排名", "en": "On time"},
    "report_sheet_typical": {"zh": "典型案例", "en": "Cases to learn from"},
    "report_sheet_definitions": {"zh": "指标说明", "en": "Definitions"},
}

_COLUMNS: Final[Catalogue] = {
    "report_received": {"zh": "受理件数", "en": "Received"},
    "report_received_before": {"zh": "上期件数", "en": "Period before"},
    "report_change": {"zh": "环比", "en": "Change"},
    "report_valid": {"zh": "有效件数", "en": "Valid"},
    "report_resolved": {"zh": "已解决", "en": "Resolved"},
    "report_resolution_ratio": {"zh": "解决率", "en": "Resolution ratio"},
    "report_repeats": {"zh": "重复投诉", "en": "Repeats"},
    "report_repeat_ratio": {"zh": "重复投诉率", "en": "Repeat ratio"},
    "report_response_median": {"zh": "响应时间中位数（小时）", "en": "Median response (h)"},
    "report_response_p90": {"zh": "响应时间 P90（小时）", "en": "P90 response (h)"},
    "report_resolution_mean": {"zh": "平均解决时间（小时）", "en": "Mean resolution (h)"},
    "report_resolution_max": {"zh": "最长解决时间（小时）", "en": "Longest resolution (h)"},
    "report_satisfaction_ratio": {"zh": "满意率", "en": "Satisfaction"},
    "report_overdue": {"zh": "超时未结", "en": "Overdue"},
    "report_month": {"zh": "月份", "en": "Month"},
    "report_category": {"zh": "类别", "en": "Category"},
    "report_estate": {"zh": "项目", "en": "Estate"},
    "report_region": {"zh": "区域", "en": "Region"},
    "report_channel": {"zh": "渠道", "en": "Channel"},
    "report_severity": {"zh": "等级", "en": "Severity"},
    "report_department": {"zh": "责任部门", "en": "Department"},
    "report_building": {"zh": "楼栋", "en": "Building"},
    "report_place": {"zh": "地点", "en": "Place"},
    "report_cause": {"zh": "原因", "en": "Cause"},
    "report_complaints": {"zh": "件数", "en": "Complaints"},
    "report_number": {"zh": "投诉编号", "en": "Number"},
    "report_received_at": {"zh": "受理时间", "en": "Received at"},
    "report_status": {"zh": "所处环节", "en": "Status"},
    "report_clock": {"zh": "超时时限", "en": "Late clock"},
    "report_resolution_hours": {"zh": "解决时间（小时）", "en": "Resolution (h)"},
    "report_satisfaction": {"zh": "评价", "en": "Opinion"},
    "report_rank": {"zh": "名次", "en": "Place"},
    "report_on_time": {"zh": "按时解决", "en": "On time"},
    "report_on_time_ratio": {"zh": "按时解决率", "en": "On-time ratio"},
    "report_measure": {"zh": "指标", "en": "Figure"},
    "report_meaning": {"zh": "说明", "en": "Meaning"},
    "report_now": {"zh": "本期", "en": "This period"},
    "report_before": {"zh": "上期", "en": "Period before"},
    "report_year_before": {"zh": "去年同期", "en": "Year before"},
    "report_year_change": {"zh": "同比", "en": "Change in a year"},
}

_SENTENCES: Final[Catalogue] = {
    "report_title_monthly": {"zh": "投诉月报", "en": "Monthly complaint report"},
    "report_title_quarterly": {"zh": "投诉处理季度评审", "en": "Quarterly review of complaint handling"},
    "report_subtitle": {
        "zh": "{scope}　{period}　统计截至 {made_at}",
        "en": "{scope}, {period}, as of {made_at}",
    },
    "report_everything": {"zh": "全部项目", "en": "All estates"},
    "report_empty": {"zh": "本期没有投诉。", "en": "There were no complaints in this period."},
    "report_nothing": {"zh": "无。", "en": "None."},
    "report_none": {"zh": "（无）", "en": "(none)"},
    "report_inexact": {
        "zh": "件数较多：时间的分位数误差不超过 2%，其余各项均为准确值。",
        "en": "Of so many complaints quantiles are within 2 %; all other figures are exact.",
    },
    "report_more": {
        "zh": "共 {total} 件，此处列出受理最早的 {shown} 件。",
        "en": "{total} in all; these are the {shown} received first.",
    },
    "report_chart_categories": {"zh": "投诉最多的类别", "en": "Most complaints by category"},
    "report_chart_channels": {"zh": "渠道构成", "en": "Channels"},
    "report_chart_trend": {"zh": "近十二个月受理与解决", "en": "Received and resolved in twelve months"},
    "report_chart_times": {"zh": "平均解决时间（小时）", "en": "Mean resolution time (h)"},
    "report_chart_estates": {"zh": "投诉最多的项目", "en": "Most complaints by estate"},
    "report_chart_satisfaction": {"zh": "评价构成", "en": "Opinions"},
    "report_file_monthly": {"zh": "投诉月报-{scope}-{period}", "en": "complaints-{scope}-{period}"},
    "report_file_quarterly": {
        "zh": "投诉季度评审-{scope}-{period}",
        "en": "complaint-review-{scope}-{period}",
    },
    "report_period_unknown": {
        "zh": "应为月份（如 2026-11）或季度（如 2026-Q4）。",
        "en": "Give a month (as 2026-11) or a quarter (as 2026-Q4).",
    },
}

WORDS: Final[Catalogue] = {**CATEGORIES, **_CODES, **_SHEETS, **_COLUMNS, **_SENTENCES}


class Words:
    """Texts of one language."""

    def __init__(self, translator: Translator, tongue: str) -> None:
        self._translator = translator
        self._tongue = tongue

    def __call__(self, name: str, **params: object) -> str:
        """The text `report_<name>`."""
        return self._translator.text(f"report_{name}", self._tongue, **params)

    def of(self, kind: str, code: str | None) -> str:
        """What a code is called; itself where it has no name."""
        if code is None:
            return self("none")
        key = f"{kind}_{code}"
        return self._translator.text(key, self._tongue) if self._translator.knows(key) else code

    def definition(self, name: str) -> str:
        """What a figure means."""
        return self._translator.text(f"kpi_{name}", self._tongue)


def file_name(report: Mapping[str, Any], words: Words, extension: str) -> str:
    """What the file of a report is called, in the language of `words`."""
    of = report["scope_name"] or report["scope"].rpartition("/")[2] or words("everything")
    period = report["period"]
    stem = words(f"file_{period['kind']}", scope=of, period=period["name"])
    return f"{stem}.{extension}"
