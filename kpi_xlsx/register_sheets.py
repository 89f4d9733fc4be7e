"""What stands in register.xlsx: its sheets and their columns, the one description that reader and maker follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kpi_xlsx.decisions import AMENDMENT_KINDS, AMENDMENT_STATES, PAPER_WORDS, VERDICT_WORDS
from kpi_xlsx.model import match_key
from kpi_xlsx.register_columns import APPROVERS, DATE, DEPARTMENT, GOAL, GOAL_NAMES, choices, either
from kpi_xlsx.register_credits import CREDITS
from kpi_xlsx.register_fields import Content, Field, Offer, RegisterSheet
from kpi_xlsx.template import Table

RECEIPTS = RegisterSheet(
    "receipts",
    ("收件", "Receipts"),
    (
        "什么时候收到的，以这里为准；没有登记的只知道文件自己的时间，不算迟报。一个文件一行。",
        "When a file came in is what stands here; of others only the file's own time is known, and they are never "
        "counted as late. One row for each file.",
    ),
    (
        Field(
            "file",
            ("文件", "File"),
            44,
            (
                "inbox/ 里的文件名。压缩包登记一次，里面的文件都算。",
                "The file's name in inbox/. Enter a bundle once: it counts for all files in it.",
            ),
            either("文件名|文件名称|来件|报送文件|附件|file name|filename|files|attachment"),
            needed=True,
        ),
        Field(
            "received",
            ("收到时间", "Received"),
            19,
            ("如 2018-07-05 17:20。", "Such as 2018-07-05 17:20."),
            either(
                "收件时间|收件日期|收到日期|接收时间|接收日期|收文时间|收文日期|报送时间|来件时间|"
                "时间|日期|received at|received on|receipt time|arrived|came|date|time"
            ),
            Content.TIME,
            needed=True,
        ),
        Field(
            "way",
            ("方式", "Way"),
            12,
            ("OA、邮件、U盘、纸质等。", "OA, mail, USB, paper or another."),
            either("报送方式|收件方式|接收方式|来件方式|渠道|途径|method|channel|how|means"),
            words=(("OA", "OA"), ("邮件", "mail"), ("U盘", "USB"), ("纸质", "paper")),
            free=True,
            ahead=True,
        ),
        Field(
            "by",
            ("经手人", "By"),
            14,
            ("谁收的。", "Who took it in."),
            either("经办人|收件人|接收人|收文人|登记人|received by|by whom|registered by|entered by|who"),
            ahead=True,
        ),
    ),
    either(
        "收件登记|收件登记表|收件表|收件情况|收件台账|收文|收文登记|收文登记表|来件|来件登记|receipt|received|incoming"
    ),
)
REVIEWS = RegisterSheet(
    "reviews",
    ("审核", "Reviews"),
    (
        "谁审了哪个单位的哪一次来件，结论是什么。通过以后再来的件先暂存，等这里再下结论。",
        "Who looked at which version of a department's return, and what came of it. What comes in after a version was "
        "passed is held until this sheet says more.",
    ),
    (
        DEPARTMENT,
        Field(
            "version",
            ("版次", "Version"),
            17,
            (
                "第几次来件（2 或 第2次），也可以写文件名。空着就是日期当天为止最新的一次，汇总时会补上。",
                "Which return (2 or #2), or the file's name. Blank is the newest up to the end of the date; merge "
                "writes it in.",
            ),
            either("版本|版本号|第几版|第几次|次数|来件|来件次数|return|version no.|which version"),
            free=True,
            decides=True,
            ahead=True,
        ),
        Field(
            "verdict",
            ("结论", "Verdict"),
            11,
            ("通过、退回或待定。", "Passed, sent back or pending."),
            either("审核结论|审核结果|结果|是否通过|审核|审核状态|审核情况|decision|result|outcome"),
            words=choices(VERDICT_WORDS),
            needed=True,
        ),
        Field(
            "reviewer",
            ("审核人", "Reviewer"),
            13,
            ("谁审的。", "Who looked at it."),
            either("审核人员|审核员|审稿人|经手人|经办人|reviewed by|by|who"),
            ahead=True,
        ),
        replace(DATE, weighs=True),
        Field(
            "remark",
            ("意见", "Remark"),
            44,
            ("给自己或单位的话。", "A few words."),
            either("审核意见|备注|说明|remarks|note|notes|comment|comments"),
        ),
    ),
    either("审核登记|审核登记表|审核表|审核情况|审核记录|审核结论|审核结果|review|reviewed|verdicts"),
)
AMENDMENTS = RegisterSheet(
    "amendments",
    ("更正", "Amendments"),
    (
        "汇总表里要改的字和数，一格一行。原件不动；状态是“已采用”才改。工具发现汇总表被改过，也会补在下面，等待确认。",
        "Words and figures of the master that are to be changed, one row for each cell. Returns are never touched; it "
        "holds once its state is “applied”. Edits found in the master are added below, to be decided.",
    ),
    (
        DEPARTMENT,
        GOAL,
        Field(
            "column",
            ("列", "Column"),
            13,
            ("改哪一列：表头；指标 11#2 的写“累计”等。", "Which column, by its heading; of target 11#2: Total."),
            either("栏目|项目|列名|字段|更正项目|更正列|修改项|修改项目|column name|field|heading|item"),
            offer=Offer.COLUMNS,
            needed=True,
            ahead=True,
        ),
        Field(
            "from",
            ("原值", "From"),
            28,
            ("单位填的，照抄；空着就是原来空着。", "What the department wrote; blank if it was blank."),
            either(
                "原文|原内容|原表述|原数|原数据|原|旧|旧值|改前|更正前|修改前|原来|old|old value|"
                "original|before|was|change from"
            ),
            Content.VALUE,
            needed=True,
        ),
        Field(
            "to",
            ("改为", "To"),
            28,
            ("改成什么；空着就是清空这一格。", "What it is to be; blank empties the cell."),
            either(
                "新值|新|新内容|新表述|现值|现|改后|更正为|更正后|修改为|修改后|改成|new|new value|"
                "after|amended|becomes|change to"
            ),
            Content.VALUE,
            needed=True,
        ),
        Field(
            "kind",
            ("类型", "Kind"),
            12,
            (
                "文字规范；数据更正（要单位书面确认）；仅公开稿（汇总表不变）。",
                "Wording; figures (the department must consent in writing); public only (the master stays as it is).",
            ),
            either("更正类型|更正类别|修改类型|类别|性质|种类|type|kind of change|category"),
            words=choices(AMENDMENT_KINDS),
            decides=True,
        ),
        Field(
            "reason",
            ("原因", "Reason"),
            22,
            ("为什么改。", "Why."),
            either("理由|更正原因|更正理由|修改原因|修改理由|事由|why|grounds"),
        ),
        Field(
            "authority",
            ("依据", "Authority"),
            18,
            ("文号或批示。", "A document or an order."),
            either("文号|批准文号|批准依据|更正依据|批示|order|document|legal basis|by order of"),
        ),
        Field("approved_by", ("批准人", "Approved by"), 12, ("谁批准的。", "Who approved it."), APPROVERS[1:]),
        Field(
            "consent",
            ("单位书面确认", "Written consent"),
            16,
            (
                "改数字、日期、状态时：单位书面确认的日期或文号。",
                "For figures, dates and choices: date or number of the department's written consent.",
            ),
            either(
                "报送单位书面确认|部门书面确认|单位确认|部门确认|单位意见|书面确认|确认函|"
                "department's written consent|department's consent|department consent|"
                "written consent of the department|consent"
            ),
        ),
        Field(
            "state",
            ("状态", "State"),
            11,
            (
                "待确认、已采用或不采用；空着就是待确认。",
                "Proposed, applied or rejected; blank is proposed.",
            ),
            either("处理状态|处理结果|处理情况|是否采用|是否采纳|采用情况|办理状态|结论|status|decision"),
            words=choices(AMENDMENT_STATES),
            decides=True,
        ),
        Field(
            "found",
            ("来源", "Found in"),
            13,
            ("工具自己填，手工登记的空着。", "Filled in by the tool; leave it blank."),
            ("found", "source"),
            free=True,
        ),
    ),
    either(
        "更正登记|更正登记表|更正表|更正情况|更正记录|更正清单|修改登记|修改记录|勘误|"
        "amendment|amended|corrections|correction|changes"
    ),
)
EXTENSIONS = RegisterSheet(
    "extensions",
    ("延期", "Extensions"),
    (
        "准许哪个单位晚报到什么时候；同一单位以最后一行为准。",
        "Which department may report later, and until when; the last row of a department holds.",
    ),
    (
        DEPARTMENT,
        Field(
            "until",
            ("延至", "Until"),
            19,
            ("如 2018-07-10，即当天结束前。", "Such as 2018-07-10, which is the end of that day."),
            either(
                "延期至|延期到|延长至|延至日期|延至时间|延期日期|延期期限|新期限|新的期限|新截止时间|"
                "新截止日期|延期后期限|延期后截止时间|截止时间|截止日期|报送期限|期限|new deadline|"
                "extended to|extended until|deadline|due|to"
            ),
            Content.UNTIL,
            needed=True,
        ),
        Field(
            "authority",
            ("依据", "Authority"),
            30,
            ("谁批准的，或文号。", "Who approved it."),
            (*either("文号|批准文号|批准依据|批准|批准人/文号|批示|order|granted by"), *APPROVERS),
        ),
    ),
    either("延期登记|延期登记表|延期表|延期情况|延期申请|延期报送|extension|extended|deadlines"),
)
PAPER = RegisterSheet(
    "paper",
    ("纸质件", "Paper"),
    (
        "盖章的纸质件收到没有，和电子表是否一致。同一单位以最后一行为准。",
        "Whether the stamped paper has come, and whether it says the same as the workbook. The last row holds.",
    ),
    (
        DEPARTMENT,
        Field(
            "state",
            ("状态", "State"),
            17,
            ("未收、已收·一致或已收·不一致。", "Awaited, received and matches, or received but differs."),
            either("情况|是否收到|收到情况|纸质件状态|纸质件情况|是否一致|核对结果|核对情况|status|paper"),
            words=choices(PAPER_WORDS),
            needed=True,
        ),
        DATE,
        Field(
            "by",
            ("经手人", "By"),
            14,
            ("谁收的、谁核对的。", "Who took it in."),
            either("经办人|核对人|收件人|登记人|received by|checked by|by whom|who"),
            ahead=True,
        ),
        Field(
            "remark",
            ("备注", "Remark"),
            40,
            ("哪里不一致。", "What differs."),
            either("说明|意见|remarks|note|notes|comment"),
        ),
    ),
    either("纸质件登记|纸质件登记表|纸质件表|纸质件情况|纸质|纸质材料|纸质版|papers|paper copies|hard copies"),
)
WAIVERS = RegisterSheet(
    "waivers",
    ("免予说明", "Waivers"),
    (
        "哪一条审核意见由谁放过、为什么。放过的仍看得见，但不再要求说明。没有原因和姓名的不算。",
        "Which finding a person lets pass, who and why. It stays visible, but asks for nothing any more. Without a "
        "reason and a name it does not hold.",
    ),
    (
        DEPARTMENT,
        Field(
            "goal",
            ("编号", "Goal"),
            11,
            (
                "目标的编号；“全部”是这个单位的所有目标；空着是不属于任何目标的意见。",
                "The goal's number; “all” is every goal of the department; blank is a finding of no goal.",
            ),
            GOAL_NAMES,
            offer=Offer.GOALS,
            free=True,
            decides=True,
        ),
        Field(
            "code",
            ("代码", "Code"),
            10,
            ("审核意见的代码，如 D101。", "The finding's code, such as D101."),
            either("规则|规则代码|意见代码|审核意见代码|审核意见|rule|finding|rule code|finding code"),
            offer=Offer.CODES,
            needed=True,
        ),
        Field(
            "reason",
            ("原因", "Reason"),
            44,
            ("为什么放过。", "Why it may pass."),
            either("理由|免予说明理由|免予说明原因|免予理由|免予原因|事由|why|grounds"),
            needed=True,
        ),
        Field(
            "by",
            ("批准人", "By"),
            14,
            ("谁决定的。", "Who decided."),
            (
                *either(
                    "经手人|经办人|同意人|准许人|决定人|签字人|签批人|审核人|姓名|领导|by whom|name|who|"
                    "waived by|granted by"
                ),
                *APPROVERS[1:],
            ),
            needed=True,
        ),
        DATE,
    ),
    either("免予说明登记|免予说明登记表|免予说明表|免予说明情况|免予|免于说明|豁免|豁免登记|waiver|waived"),
)
CLOSING = RegisterSheet(
    "closing",
    ("结账", "Closing"),
    ("这一期什么时候由谁结的账。", "When this period was closed, and by whom."),
    (
        Field(
            "date",
            ("日期", "Date"),
            12,
            ("如 2018-07-20。", "Such as 2018-07-20."),
            either("结账日期|结账时间|时间|closed|closed on|closing date|day|when"),
            Content.DATE,
            needed=True,
        ),
        Field(
            "by",
            ("经手人", "By"),
            14,
            ("谁结的账。", "Who closed it."),
            either("结账人|经办人|批准人|签发人|签字人|姓名|closed by|by whom|approved by|who|name"),
            needed=True,
        ),
        Field("remark", ("备注", "Remark"), 50, ("", ""), either("说明|意见|remarks|note|notes")),
    ),
    either("结账登记|结账登记表|结账表|结账情况|结帐|closed|closings|close"),
)
SHEETS = (RECEIPTS, REVIEWS, AMENDMENTS, EXTENSIONS, WAIVERS, PAPER, CREDITS, CLOSING)
"""In the order in which a round needs them."""


def column_labels(table: Table) -> Mapping[str, str]:
    """How the register names each column of the master that can be amended: its heading, which alone may not do."""
    columns = [column for column in table.form_columns if column.key != table.row_key]
    headers = [match_key(column.header) for column in columns]
    return {
        column.key: column.header
        if headers.count(match_key(column.header)) == 1
        else f"{column.group} {column.header}".strip()
        for column in columns
    }
