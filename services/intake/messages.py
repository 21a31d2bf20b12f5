"""Texts of intake, as a Chinese property company says them, and in English."""

from __future__ import annotations

from services.chassis.i18n import Catalogue

_ERRORS: Catalogue = {
    "channel_for_staff": {
        "zh": "该渠道的投诉由工作人员登记，请登录后提交。",
        "en": "Staff register complaints of this channel; please sign in.",
    },
    "received_at_for_staff": {
        "zh": "自行提交的投诉以提交时间为准，无需填写接诉时间。",
        "en": "A complaint sent in by yourself is received now; leave this out.",
    },
    "received_in_future": {
        "zh": "接诉时间不能晚于当前时间。",
        "en": "A complaint cannot have been received in the future.",
    },
    "received_too_long_ago": {
        "zh": "接诉时间不能早于 {days} 天前。",
        "en": "A complaint cannot have been received more than {days} days ago.",
    },
    "estate_unknown": {"zh": "未找到该小区。", "en": "There is no such estate."},
    "unhappy_with_unknown": {
        "zh": "未找到您对处理不满意的那件投诉，请核对投诉编号。",
        "en": "There is no such complaint in this estate; its number stands on the receipt.",
    },
    "phone_invalid": {"zh": "电话号码格式不正确。", "en": "This is not a telephone number."},
    "no_free_number": {
        "zh": "暂时无法生成投诉编号，请稍后重试。",
        "en": "No complaint number is free at present; try again shortly.",
    },
    "complaint_unknown": {"zh": "未找到该投诉，请核对投诉编号。", "en": "There is no such complaint."},
    "claim_code_wrong": {
        "zh": "回执验证码不正确，请核对受理回执。",
        "en": "The claim code is wrong; it stands on your receipt.",
    },
    "complaint_withdrawn": {"zh": "该投诉已撤回。", "en": "The complaint was withdrawn."},
    "complaint_closed": {"zh": "该投诉已办结。", "en": "The complaint is closed."},
    "complaint_not_resolved": {
        "zh": "该投诉尚未处理完成，暂不能评价。",
        "en": "The complaint is not resolved yet, so there is nothing to rate.",
    },
    "attachment_type": {
        "zh": "只能上传 JPEG、PNG、WebP 图片或 PDF 文件。",
        "en": "Only JPEG, PNG and WebP pictures and PDF files can be attached.",
    },
    "attachment_too_many_pixels": {
        "zh": "图片尺寸过大，最多 {pixels} 万像素。",
        "en": "The picture is too large: at most {pixels} times 10,000 pixels.",
    },
    "attachments_too_many": {
        "zh": "每件投诉最多上传 {most} 个附件。",
        "en": "A complaint has at most {most} attachments.",
    },
    "attachment_purpose_for_staff": {
        "zh": "该类附件由工作人员上传，请登录后提交。",
        "en": "Staff attach files of this purpose; please sign in.",
    },
    "attachment_unknown": {"zh": "未找到该附件。", "en": "There is no such attachment."},
    "attachment_link_invalid": {
        "zh": "下载链接无效或已过期，请重新获取。",
        "en": "The link is not valid or has expired; ask for a new one.",
    },
    "contact_unknown": {"zh": "未找到该联系人。", "en": "There is no such person."},
}

_IMPORT: Catalogue = {
    "kind_unknown": {
        "zh": "类型应为 group（集团）、company（公司）、region（区域）、estate（小区）、building（楼栋）或 unit（房屋）。",
        "en": "The kind must be group, company, region, estate, building or unit.",
    },
    "zone_unknown": {
        "zh": "时区名称无效，例如 Asia/Shanghai。",
        "en": "Not a time zone, like Asia/Shanghai.",
    },
    "yes_or_no": {"zh": "应为“是”或“否”。", "en": "Must be yes or no."},
    "language_unknown": {"zh": "语言应为 zh 或 en。", "en": "Must be zh or en."},
    "unit_empty": {"zh": "房号无效。", "en": "Names no unit."},
    "code_repeated": {"zh": "编码在文件中重复。", "en": "The code occurs twice in the list."},
    "code_taken": {"zh": "该编码已被使用。", "en": "This code is taken."},
    "outside_subtree": {
        "zh": "不在您的管理范围内，或编码已被使用。",
        "en": "Outside your part of the tree, or the code is taken.",
    },
    "parent_missing": {
        "zh": "除集团外均须填写上级编码。",
        "en": "Only a group may stand without a parent.",
    },
    "parent_unknown": {"zh": "未找到上级编码。", "en": "There is no such parent."},
    "tree_has_cycle": {"zh": "上下级关系形成循环。", "en": "The node would stand below itself."},
    "tree_too_deep": {"zh": "层级过深。", "en": "The tree becomes too deep."},
    "kind_not_below_parent": {
        "zh": "该类型不能位于此上级之下。",
        "en": "This kind of node cannot stand below its parent.",
    },
    "kind_unchangeable": {"zh": "已有节点的类型不可更改。", "en": "The kind of a node never changes."},
}

_STATUS: Catalogue = {
    "status_word_received": {"zh": "已受理", "en": "Received"},
    "status_word_verified": {"zh": "已核实", "en": "Verified"},
    "status_word_assigned": {"zh": "已派单", "en": "Assigned"},
    "status_word_in_progress": {"zh": "处理中", "en": "In progress"},
    "status_word_resolved": {"zh": "已处理，待评价", "en": "Resolved, waiting for your rating"},
    "status_word_reopened": {"zh": "重新处理中", "en": "Reopened"},
    "status_word_closed": {"zh": "已办结", "en": "Closed"},
    "status_word_invalid": {"zh": "经核实不属于有效投诉", "en": "Found to be no matter of ours"},
    "status_word_withdrawn": {"zh": "已撤回", "en": "Withdrawn"},
}

_TIMELINE: Catalogue = {
    "timeline_received": {"zh": "投诉已受理", "en": "Your complaint was registered"},
    "timeline_verified": {"zh": "投诉情况已核实", "en": "Your complaint was verified"},
    "timeline_found_invalid": {
        "zh": "经核实，该事项不属于有效投诉，说明如下",
        "en": "The matter was looked into and found to be no valid complaint, for this reason",
    },
    "timeline_assigned": {
        "zh": "已派单至责任部门",
        "en": "It was passed to the responsible department",
    },
    "timeline_accepted": {"zh": "责任人已接单", "en": "The person responsible has accepted it"},
    "timeline_arrived": {"zh": "工作人员已到达现场", "en": "Somebody is on site"},
    "timeline_progressed": {"zh": "处理进展", "en": "Progress"},
    "timeline_work_done": {
        "zh": "现场处理完成，待部门确认",
        "en": "The work is done and awaits the department's signature",
    },
    "timeline_signed_off": {
        "zh": "责任部门已签字确认",
        "en": "The responsible department signed the work off",
    },
    "timeline_transferred": {
        "zh": "已转派其他部门或人员处理",
        "en": "It was passed to another department or person",
    },
    "timeline_answered": {"zh": "物业已回复", "en": "You were answered"},
    "timeline_proposed": {
        "zh": "处理方案（处理结果、完成时间、承诺）",
        "en": "What we propose: the result, by when, and our commitment",
    },
    "timeline_proposal_agreed": {"zh": "您已同意处理方案", "en": "You agreed to the proposal"},
    "timeline_proposal_declined": {
        "zh": "您未同意处理方案，我们将另行提出",
        "en": "You declined the proposal; another will follow",
    },
    "timeline_resolved": {"zh": "投诉已处理完成", "en": "Your complaint was resolved"},
    "timeline_reopened": {"zh": "投诉已重启处理", "en": "Your complaint was taken up again"},
    "timeline_closed": {"zh": "投诉已办结", "en": "Your complaint was closed"},
    "timeline_joined": {
        "zh": "您的投诉与其他同类投诉合并处理",
        "en": "It is handled together with others about the same matter",
    },
    "timeline_separated": {
        "zh": "您的投诉恢复单独处理",
        "en": "It is handled by itself again",
    },
    "timeline_second_complaint": {
        "zh": "已登记为对此前处理不满意的二次投诉",
        "en": "It is registered as a second complaint about how an earlier one was handled",
    },
    "timeline_attached": {"zh": "已补充图片或文件", "en": "A picture or file was added"},
    "timeline_supplemented": {"zh": "您补充了情况说明", "en": "You added something"},
    "timeline_withdrawn": {"zh": "您撤回了投诉", "en": "You withdrew your complaint"},
    "timeline_rated": {"zh": "您评价了处理结果", "en": "You rated the result"},
}

#: Why a row of another system's records was not taken over.
_HISTORY: Catalogue = {
    "history_torn": {
        "zh": "列数与表头不符，或引号不完整",
        "en": "not as many cells as the heading, or a quotation mark that never ends",
    },
    "history_not_text": {
        "zh": "含有无法识别的字符，请核对映射中的编码",
        "en": "holds bytes that are no text; look at the encoding in the mapping",
    },
    "history_blank": {"zh": "必填项为空", "en": "is blank"},
    "history_too_long": {"zh": "内容过长", "en": "is too long"},
    "history_word_unknown": {
        "zh": "映射中没有这个词，请在映射中补充",
        "en": "is a word the mapping does not know; add it there",
    },
    "history_time_unreadable": {
        "zh": "与映射中的时间格式不符",
        "en": "is no time as the mapping writes them",
    },
    "history_in_future": {"zh": "晚于当前时间", "en": "lies in the future"},
    "history_before_receipt": {"zh": "早于受理时间", "en": "lies before the receipt"},
    "history_changed": {
        "zh": "该行已导入，现内容与当时不同；已登记的投诉保持不变",
        "en": "was taken over before and says something else by now; what was registered stays",
    },
}

MESSAGES: Catalogue = {**_ERRORS, **_IMPORT, **_STATUS, **_TIMELINE, **_HISTORY}
