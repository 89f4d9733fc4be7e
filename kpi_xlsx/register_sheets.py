"""What stands in register.xlsx: its sheets and their columns, the one description that reader and maker follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi_xlsx.decisions import KIND_WORDS, PAPER_WORDS, STATE_WORDS, VERDICT_WORDS
from kpi_xlsx.model import match_key
from kpi_xlsx.register_fields import Field, Form, Offer, RegisterSheet
from kpi_xlsx.template import Table


def _words(words: Mapping[Any, tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(words.values())


DEPARTMENT = Field(
    "department",
    ("单位", "Department"),
    18,
    ("单位的名称、代码或曾用名。", "Name, code or former name of the department."),
    ("责任单位", "报送单位", "部门", "单位名称"),
    offer=Offer.DEPARTMENTS,
    needed=True,
    ahead=True,
)
GOAL = Field(
    "goal",
    ("编号", "Goal"),
    11,
    ("目标的编号，如汇总表所列。", "The goal's number, as in the master."),
    ("目标编号", "目标", "goal id", "id", "no."),
    offer=Offer.GOALS,
    needed=True,
    ahead=True,
)
DATE = Field("date", ("日期", "Date"), 12, ("如 2018-07-05。", "Such as 2018-07-05."), ("时间",), Form.DATE)

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
            ("文件名", "file name"),
            needed=True,
        ),
        Field(
            "received",
            ("收到时间", "Received"),
            19,
            ("如 2018-07-05 17:20。", "Such as 2018-07-05 17:20."),
            ("收件时间", "时间", "received at"),
            Form.TIME,
            needed=True,
        ),
        Field(
            "way",
            ("方式", "Way"),
            12,
            ("OA、邮件、U盘、纸质等。", "OA, mail, USB, paper or another."),
            ("报送方式", "收件方式"),
            words=(("OA", "OA"), ("邮件", "mail"), ("U盘", "USB"), ("纸质", "paper")),
            free=True,
            ahead=True,
        ),
        Field(
            "by",
            ("经手人", "By"),
            14,
            ("谁收的。", "Who took it in."),
            ("收件人", "登记人", "received by", "by whom"),
            ahead=True,
        ),
    ),
    ("收件登记",),
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
            ("版本", "第几版", "第几次"),
            free=True,
            decides=True,
            ahead=True,
        ),
        Field(
            "verdict",
            ("结论", "Verdict"),
            11,
            ("通过、退回或待定。", "Passed, sent back or pending."),
            ("审核结论", "审核结果"),
            words=_words(VERDICT_WORDS),
            needed=True,
        ),
        Field("reviewer", ("审核人", "Reviewer"), 13, ("谁审的。", "Who looked at it."), ahead=True),
        DATE,
        Field("remark", ("意见", "Remark"), 44, ("给自己或单位的话。", "A few words."), ("审核意见", "备注")),
    ),
    ("审核登记",),
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
            ("改哪一列：汇总表的表头。", "Which column: its heading in the master."),
            ("栏目", "列名", "字段"),
            offer=Offer.COLUMNS,
            needed=True,
            ahead=True,
        ),
        Field(
            "from",
            ("原值", "From"),
            28,
            ("单位填的，照抄；空着就是原来空着。", "What the department wrote; blank if it was blank."),
            ("原文", "原内容", "原", "改前", "old"),
            Form.VALUE,
            needed=True,
        ),
        Field(
            "to",
            ("改为", "To"),
            28,
            ("改成什么；空着就是清空这一格。", "What it is to be; blank empties the cell."),
            ("新值", "现值", "现", "改后", "更正为", "new"),
            Form.VALUE,
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
            ("更正类型", "类别", "type"),
            words=_words(KIND_WORDS),
            decides=True,
        ),
        Field("reason", ("原因", "Reason"), 22, ("为什么改。", "Why."), ("理由", "更正原因")),
        Field(
            "authority", ("依据", "Authority"), 18, ("文号或批示。", "A document or an order."), ("文号", "批准文号")
        ),
        Field("approved_by", ("批准人", "Approved by"), 12, ("谁批准的。", "Who approved it."), ("审批人", "approver")),
        Field(
            "consent",
            ("单位书面确认", "Written consent"),
            16,
            (
                "改数字、日期、状态时：单位书面确认的日期或文号。",
                "For figures, dates and choices: date or number of the department's written consent.",
            ),
            ("报送单位书面确认", "书面确认", "department's written consent", "consent"),
        ),
        Field(
            "state",
            ("状态", "State"),
            11,
            (
                "待确认、已采用或不采用；空着就是待确认。",
                "Proposed, applied or rejected; blank is proposed.",
            ),
            ("处理状态", "处理结果"),
            words=_words(STATE_WORDS),
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
    ("更正登记",),
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
            ("延期至", "新期限"),
            Form.UNTIL,
            needed=True,
        ),
        Field("authority", ("依据", "Authority"), 30, ("谁批准的，或文号。", "Who approved it."), ("批准人", "文号")),
    ),
    ("延期登记",),
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
            ("情况", "是否收到"),
            words=_words(PAPER_WORDS),
            needed=True,
        ),
        DATE,
        Field("by", ("经手人", "By"), 14, ("谁收的、谁核对的。", "Who took it in."), ("核对人",), ahead=True),
        Field("remark", ("备注", "Remark"), 40, ("哪里不一致。", "What differs."), ("说明",)),
    ),
    ("纸质件登记",),
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
            ("目标编号", "目标", "goal id", "id", "no."),
            offer=Offer.GOALS,
            free=True,
            decides=True,
        ),
        Field(
            "code",
            ("代码", "Code"),
            10,
            ("审核意见的代码，如 D101。", "The finding's code, such as D101."),
            ("规则", "意见代码", "rule"),
            offer=Offer.CODES,
            needed=True,
        ),
        Field("reason", ("原因", "Reason"), 44, ("为什么放过。", "Why it may pass."), ("理由",), needed=True),
        Field(
            "by", ("批准人", "By"), 14, ("谁决定的。", "Who decided."), ("经手人", "姓名", "approved by"), needed=True
        ),
        DATE,
    ),
    ("免予说明登记", "豁免"),
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
            ("结账日期",),
            Form.DATE,
            needed=True,
        ),
        Field("by", ("经手人", "By"), 14, ("谁结的账。", "Who closed it."), ("结账人", "closed by"), needed=True),
        Field("remark", ("备注", "Remark"), 50, ("", ""), ("说明",)),
    ),
    ("结账登记",),
)
SHEETS = (RECEIPTS, REVIEWS, AMENDMENTS, EXTENSIONS, WAIVERS, PAPER, CLOSING)
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
