"""Texts of routing in Chinese and English."""

from __future__ import annotations

from services.chassis.i18n import Catalogue

MESSAGES: Catalogue = {
    "estate_unknown": {"zh": "未找到小区 {estate}。", "en": "No estate {estate}."},
    "complaint_of_another_estate": {
        "zh": "投诉 {number} 不属于该小区。",
        "en": "Complaint {number} is not of this estate.",
    },
    "complaint_unknown": {"zh": "未找到编号为 {number} 的投诉。", "en": "No complaint {number}."},
    "work_order_unknown": {"zh": "未找到工单 {id}。", "en": "No work order {id}."},
    "staff_unknown": {"zh": "未找到员工 {id}。", "en": "No member of staff {id}."},
    "step_not_allowed": {
        "zh": "工单当前状态为“{status}”，不能执行“{step}”；可执行的操作：{allowed}。",
        "en": "The work order is {status}: “{step}” is not possible now; possible are: {allowed}.",
    },
    "order_waits_for_parts": {
        "zh": "本工单分出的子工单尚未全部签字或取消，暂不能办结。",
        "en": "Parts of this work order that were given to others are not finished yet.",
    },
    "proposal_of_a_part": {
        "zh": "处理方案由主工单的负责人提出。",
        "en": "Who has the whole work order proposes a solution, not who has a part of it.",
    },
    "proposal_none_open": {
        "zh": "没有待业主答复的处理方案，请先提出方案。",
        "en": "No proposal waits for the complainant's answer; make one first.",
    },
    "time_has_passed": {"zh": "时间须晚于现在。", "en": "This time has passed."},
    "order_not_to_be_shared": {
        "zh": "工单当前状态为“{status}”，不能分出子工单；处理中的主工单才可以。",
        "en": "The work order is {status}: only one that is under way, and no part itself, can be shared.",
    },
    "step_not_yours": {
        "zh": "该工单不由您负责。",
        "en": "This work order is not yours.",
    },
    "step_for_leaders": {
        "zh": "只有部门负责人或管理处主任可以签字确认。",
        "en": "Only the head of the department or the director may sign off.",
    },
    "sign_off_own_work": {
        "zh": "不能签字确认自己办理的工单。",
        "en": "Nobody signs off his own work.",
    },
    "case_already_ended": {
        "zh": "该投诉已结束（状态：{status}）。",
        "en": "This complaint is at its end ({status}).",
    },
    "case_not_reopenable": {
        "zh": "该投诉状态为“{status}”，只有处理完成、已办结或无效的投诉可以重启处理。",
        "en": "This complaint is {status}; only a resolved, closed or invalid one can be reopened.",
    },
    "close_conditions_missing": {
        "zh": "尚不能办结，还缺少：{missing}。",
        "en": "This complaint cannot be closed yet; missing: {missing}.",
    },
    "close_condition_sign_off": {"zh": "责任部门签字", "en": "the department's signature"},
    "close_condition_return_visit": {
        "zh": "回访（或回访未果的记录）",
        "en": "the return visit or its recorded failure",
    },
    "close_condition_satisfaction": {
        "zh": "业主满意度（或无法取得的记录）",
        "en": "the complainant's satisfaction or its recorded absence",
    },
    "verified_too_late": {
        "zh": "该投诉状态为“{status}”，不能再认定为无效。",
        "en": "This complaint is {status} and can no longer be found invalid.",
    },
    "verdict_unchanged": {
        "zh": "该投诉已按相同原因核实过。",
        "en": "This complaint was verified so already, for the same reasons.",
    },
    "reason_unknown": {
        "zh": "没有该原因代码，可选：{known}。",
        "en": "There is no such reason; possible are: {known}.",
    },
    "explanation_needed": {
        "zh": "认定为无效的投诉须填写给业主的解释说明。",
        "en": "An invalid complaint needs an explanation to the complainant.",
    },
    "malicious_already": {
        "zh": "该投诉已标记为恶意投诉。",
        "en": "This complaint is marked as malicious already.",
    },
    "malicious_not": {"zh": "该投诉未被标记为恶意投诉。", "en": "This complaint is not marked as malicious."},
    "approval_unknown": {"zh": "未找到审批 {id}。", "en": "No approval {id}."},
    "approval_open": {
        "zh": "{by}已于 {at} 提交“{kind}”申请，尚待审批。",
        "en": "{by} asked for this on {at} ({kind}); it waits for a decision.",
    },
    "approval_decided": {
        "zh": "该申请{status}（{by}，{at}）。",
        "en": "This was {status} by {by} on {at}.",
    },
    "approval_none_open": {
        "zh": "该投诉没有待审批的申请。",
        "en": "Nothing waits for approval on this complaint.",
    },
    "approval_own_request": {
        "zh": "不能审批自己提交的申请，须由他人审批。",
        "en": "Nobody approves what he asked for himself; a second person decides.",
    },
    "approval_not_yours": {"zh": "您的角色无权审批此类申请。", "en": "Your role may not decide this."},
    "approval_of_another": {
        "zh": "只有申请人可以撤回申请。",
        "en": "Only the person who asked may take it back.",
    },
    "refusal_needs_reason": {"zh": "驳回时请填写理由。", "en": "A refusal needs its reason."},
    "approval_kind_invalid": {"zh": "认定无效投诉", "en": "to find the complaint invalid"},
    "approval_kind_abnormal_close": {"zh": "非正常关闭", "en": "to close it abnormally"},
    "approval_kind_answer": {"zh": "答复前请示", "en": "to answer in this way"},
    "approval_kind_compensation": {"zh": "赔偿或补救", "en": "to compensate"},
    "answer_needs_consent": {
        "zh": "该类投诉（{category}）须经上级同意后方可答复，请先提交答复内容请示（answer-consent）。",
        "en": "An answer on this category ({category}) needs a superior's consent; ask for it with answer-consent.",
    },
    "answer_needs_no_consent": {
        "zh": "该投诉无需请示，可直接答复。",
        "en": "This needs no consent; answer at once.",
    },
    "amount_needed": {"zh": "请填写金额（元）。", "en": "Give the amount in yuan."},
    "amount_malformed": {
        "zh": "请填写大于 0 的金额（元），最多两位小数。",
        "en": "Give an amount in yuan above 0, with two decimals at most.",
    },
    "approval_status_granted": {"zh": "已同意", "en": "granted"},
    "approval_status_refused": {"zh": "已驳回", "en": "refused"},
    "approval_status_withdrawn": {"zh": "已撤回或已失效", "en": "withdrawn"},
    "approval_by_nobody": {"zh": "系统", "en": "the system"},
    "classification_unchanged": {
        "zh": "分类、紧急程度与等级没有变化。",
        "en": "This is the category, urgency and severity it has.",
    },
    "category_urgency_or_severity": {
        "zh": "请填写分类、紧急程度或等级。",
        "en": "Give a category, an urgency or a severity.",
    },
    "category_unknown": {"zh": "规则包中没有该分类。", "en": "The rule pack has no such category."},
    "department_unknown": {"zh": "规则包中没有该部门。", "en": "The rule pack has no such department."},
    "assignee_unknown": {
        "zh": "该员工不负责本小区。",
        "en": "Nobody of this id works for this estate.",
    },
    "link_to_itself": {"zh": "投诉不能与自身关联。", "en": "A complaint is not linked to itself."},
    "link_other_unknown": {"zh": "未找到该编号的投诉。", "en": "There is no complaint of this number."},
    "link_other_estate": {
        "zh": "只有同一小区的投诉可以合并为群体投诉。",
        "en": "Only complaints of one estate are joined to a group.",
    },
    "link_not_earlier": {
        "zh": "二次投诉只能指向更早的投诉。",
        "en": "A second complaint names one that was received earlier.",
    },
    "link_case_ended": {
        "zh": "投诉 {number} 已结束（状态：{status}），不能再合并。",
        "en": "Complaint {number} is at its end ({status}) and is not joined to others any more.",
    },
    "link_circle": {
        "zh": "投诉 {other} 已直接或间接关联到 {number}，不能形成循环。",
        "en": "Complaint {other} is linked to {number} already, directly or through others: links never lead in a circle.",
    },
    "link_unknown": {"zh": "未找到关联 {id}。", "en": "No link {id}."},
    "policy_duplicate_below_like": {
        "zh": "重复登记的分值不能低于同类投诉的分值（like）。",
        "en": "A duplicate is more alike than a matter: this must not be below `like`.",
    },
    "members_undecided": {
        "zh": "还有未结束的关联投诉，请选择一并关闭（close）或保留（keep）。",
        "en": "Open complaints belong to this one: say whether they are closed with it (close) or stay open (keep).",
    },
    "suggestion_unknown": {
        "zh": "没有与 {number} 相关的关联建议。",
        "en": "Nothing is suggested about this complaint and {number}.",
    },
    "suggestion_decided": {"zh": "该建议{status}。", "en": "This suggestion was {status} before."},
    "suggestion_confirmed": {"zh": "已被采纳", "en": "confirmed"},
    "suggestion_dismissed": {"zh": "已被否定", "en": "dismissed"},
    "username_taken": {"zh": "用户名 {username} 已被使用。", "en": "The username {username} is in use."},
    "path_not_yours": {"zh": "不在您的管理范围内。", "en": "This is not within your subtree."},
    "may_not_appoint": {
        "zh": "您无权管理角色为 {role} 的员工。",
        "en": "You may not appoint or change a {role}.",
    },
    "shifts_unreadable": {
        "zh": "班次格式应为 Mon-Fri 08:00-17:30; Sat 22:00-06:00。",
        "en": "Write shifts like Mon-Fri 08:00-17:30; Sat 22:00-06:00.",
    },
    "sign_in_refused": {
        "zh": "用户名或密码不正确。",
        "en": "The username or the password is wrong.",
    },
    "refresh_refused": {
        "zh": "登录已失效，请重新登录。",
        "en": "This sign-in is over; sign in again.",
    },
    "fact_is_a_count": {
        "zh": "应为整数：户数，或损失金额（元）。",
        "en": "Give a whole number: of households, or of yuan lost.",
    },
    "fact_is_a_source": {
        "zh": "应为转来的单位：government、group、call_centre 或 quality。",
        "en": "Give who passed it on: government, group, call_centre or quality.",
    },
    "fact_is_so": {"zh": "应为 true。", "en": "Give true."},
    "policy_place_unknown": {"zh": "未找到 {path}。", "en": "No place {path}."},
    "policy_changed_meanwhile": {
        "zh": "{path} 的策略已被他人修改，当前版本为 {version}；请查看后重新提交。",
        "en": "The policy of {path} was changed meanwhile and is at version {version}; look at it and send yours again.",
    },
    "policy_unchanged": {"zh": "策略没有变化。", "en": "This is the policy it has."},
    "policy_spoilt_below": {
        "zh": "改动会使下级 {path} 的策略失效。",
        "en": "This would spoil the policy of {path} below.",
    },
    "policy_not_yaml": {"zh": "不是有效的 YAML：{error}。", "en": "This is not YAML: {error}."},
    "policy_not_a_document": {
        "zh": "文件应由若干命名的部分组成，例如 grading。",
        "en": "A document consists of named sections, such as grading.",
    },
    "policy_not_a_mapping": {
        "zh": "此处应为“键：值”的形式；可用的键：{possible}。",
        "en": "This must be a mapping; its keys may be: {possible}.",
    },
    "policy_key_unknown": {
        "zh": "没有这一项；可用的有：{possible}。",
        "en": "There is no such key; possible are: {possible}.",
    },
    "policy_key_twice": {"zh": "同一项写了两次。", "en": "This key stands twice."},
    "policy_code": {
        "zh": "应以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符。",
        "en": "Write small letters, digits and underscores, a letter first, at most 40 characters.",
    },
    "policy_labels_alike": {
        "zh": "三个等级的名称不能相同。",
        "en": "Two grades have the same word; give each its own.",
    },
    "policy_scheme_unknown": {
        "zh": "schemes 中没有这一组；可用的有：{possible}。",
        "en": "There is no such scheme; possible are: {possible}.",
    },
    "policy_category_unknown": {
        "zh": "规则包中没有分类 {category}。",
        "en": "The rule pack has no category {category}.",
    },
    "clock_unknown": {
        "zh": "没有这个时限；可用的有：{possible}。",
        "en": "No such clock; possible are: {possible}.",
    },
    "clock_not_running": {
        "zh": "“{clock}”当前没有计时，不能暂停或恢复。",
        "en": "The clock “{clock}” does not run, so it can neither be paused nor resumed.",
    },
    "clock_overdue": {
        "zh": "该时限已超时，不能再暂停。",
        "en": "This clock is overdue; it can no longer be paused.",
    },
    "clock_paused": {"zh": "该时限已处于暂停状态。", "en": "This clock is paused already."},
    "clock_not_paused": {"zh": "该时限没有暂停。", "en": "This clock is not paused."},
    "clock_pause_used_up": {
        "zh": "该原因最多可暂停 {hours} 小时，已用完。",
        "en": "For this reason a clock may be paused for {hours} hours in all; they are used up.",
    },
    "clock_reason_unknown": {
        "zh": "没有这个暂停原因；可用的有：{possible}。",
        "en": "No such reason to pause; possible are: {possible}.",
    },
    "clock_reason_not_for": {
        "zh": "该原因只能暂停以下时限：{possible}。",
        "en": "For this reason only these clocks may be paused: {possible}.",
    },
    "escalation_not_upwards": {
        "zh": "只能向上级升级。",
        "en": "A complaint is taken upwards only.",
    },
    "escalation_reaches_nobody": {
        "zh": "没有可以升级的上级人员。",
        "en": "There is nobody above to take this complaint to.",
    },
    "clock_record": {"zh": "登记时限", "en": "registration"},
    "clock_dispatch": {"zh": "派单时限", "en": "dispatch"},
    "clock_answer": {"zh": "答复时限", "en": "answer"},
    "clock_arrive": {"zh": "到场时限", "en": "arrival on site"},
    "clock_follow_up": {"zh": "每日跟进", "en": "daily follow-up"},
    "clock_solve": {"zh": "办结时限", "en": "solution"},
    "clock_return_visit": {"zh": "回访时限", "en": "return visit"},
    "clock_told_in_time_running": {
        "zh": "{clock}：时限{target}，应于 {due} 前完成，已用{used}，还剩{remaining}。",
        "en": "{clock}: due {due} after {target}; {used} used, {remaining} left.",
    },
    "clock_told_in_time_stopped": {
        "zh": "{clock}：按时完成，时限{target}，用时{used}。",
        "en": "{clock}: in time, {used} of {target} used.",
    },
    "clock_told_late_running": {
        "zh": "{clock}：时限{target}，应于 {due} 前完成，已超时{remaining}。",
        "en": "{clock}: was due {due} after {target} and is late by {remaining}.",
    },
    "clock_told_late_stopped": {
        "zh": "{clock}：时限{target}，应于 {due} 前完成，超时{remaining}。",
        "en": "{clock}: was due {due} after {target} and was late by {remaining}.",
    },
    "clock_told_pause": {
        "zh": "因“{reason}”暂停，不计时{kept}。",
        "en": " Paused ({reason}): {kept} did not count.",
    },
    "length_seconds": {"zh": "{seconds}秒", "en": "{seconds} s"},
    "length_minutes": {"zh": "{minutes}分钟", "en": "{minutes} min"},
    "length_hours": {"zh": "{hours}小时{minutes}分钟", "en": "{hours} h {minutes} min"},
    "policy_duration": {
        "zh": "时长写作 10m、24h 或 1h30m，至少一分钟。",
        "en": "Write a length of time as 10m, 24h or 1h30m, a minute or more.",
    },
    "policy_duration_signed": {
        "zh": "时长写作 10m、24h 或 1h30m，提前的时间前面加负号。",
        "en": "Write a length of time as 10m, 24h or 1h30m, with a minus sign for before.",
    },
    "policy_period": {
        "zh": "时段写作 08:30-12:00；跨夜的写作 22:00-06:00，全天写作 00:00-24:00。",
        "en": "Write periods as 08:30-12:00, over midnight 22:00-06:00, the whole day 00:00-24:00.",
    },
    "policy_date": {"zh": "日期写作 2026-10-10。", "en": "Write dates as 2026-10-10."},
    "policy_week_empty": {
        "zh": "一周内至少要有一个工作时段。",
        "en": "A week needs some working time.",
    },
    "policy_country_unknown": {
        "zh": "没有该国家或地区的节假日；请填写 ISO 3166 代码，例如 CN，不计节假日填 null。",
        "en": "No holidays of that country are known; give its ISO 3166 code, such as CN, or null for none.",
    },
    "policy_calendar_unknown": {
        "zh": "没有该日历；可用的有：{possible}。",
        "en": "There is no such calendar; possible are: {possible}.",
    },
    "policy_levels_order": {
        "zh": "各级应按时间先后排列，且时间各不相同。",
        "en": "Put the levels in the order of their offsets, each with one of its own.",
    },
    "order_status_open": {"zh": "待派单", "en": "not assigned yet"},
    "order_status_assigned": {"zh": "已派单", "en": "assigned"},
    "order_status_accepted": {"zh": "已接单", "en": "accepted"},
    "order_status_in_progress": {"zh": "处理中", "en": "in progress"},
    "order_status_resolved": {"zh": "处理完成，待签字", "en": "resolved and to be signed off"},
    "order_status_signed_off": {"zh": "已签字", "en": "signed off"},
    "order_status_cancelled": {"zh": "已取消", "en": "cancelled"},
    "order_step_accept": {"zh": "接单", "en": "accept"},
    "order_step_answer": {"zh": "答复业主", "en": "answer"},
    "order_step_arrive": {"zh": "到场", "en": "arrive"},
    "order_step_progress": {"zh": "记录进展", "en": "progress"},
    "order_step_resolve": {"zh": "处理完成", "en": "resolve"},
    "order_step_sign-off": {"zh": "部门签字", "en": "sign-off"},
    "order_step_transfer": {"zh": "转派", "en": "transfer"},
    "order_step_none": {"zh": "无", "en": "none"},
    "case_status_received": {"zh": "已受理", "en": "received"},
    "case_status_verified": {"zh": "已核实", "en": "verified"},
    "case_status_assigned": {"zh": "已派单", "en": "assigned"},
    "case_status_in_progress": {"zh": "处理中", "en": "in progress"},
    "case_status_resolved": {"zh": "处理完成", "en": "resolved"},
    "case_status_reopened": {"zh": "重新处理", "en": "reopened"},
    "case_status_closed": {"zh": "已办结", "en": "closed"},
    "case_status_invalid": {"zh": "无效投诉", "en": "invalid"},
    "case_status_withdrawn": {"zh": "已撤诉", "en": "withdrawn"},
}
