"""What headings of reporting forms usually mean: words in both languages, to column key, who fills it, and type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_xlsx.headings import readings
from kpi_xlsx.model import CellType, Progress, Source, match_key
from kpi_xlsx.template import STATUS_WORDS

DEPARTMENT = "department"
"""What names the department: no column of a form, since each form is one department's."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A column that many forms have."""

    key: str
    source: Source
    type: CellType = CellType.TEXT
    required: bool = False
    open: bool = False
    """Whether either side may be meant to fill it in."""
    future: bool = False
    """Whether a date in it lies ahead."""


_P, _D = Source.PLAN, Source.DEPARTMENT
_WORDS: Mapping[Meaning, str] = {
    Meaning("id", _P): "序号 编号 目标编号 任务编号 项目编号 指标编号 No No. Nr Ref ID Number",
    Meaning(DEPARTMENT, _P): (
        "责任单位 责任部门 牵头单位 牵头部门 承办单位 填报单位 报送单位 主办单位 部门 单位名称 科室 "
        "Department Lead|department Responsible|department Responsible|unit Unit|name Owner|department"
    ),
    Meaning("category", _P): "类别 目标类别 分类 一级指标 目标类型 任务类别 Category Theme Area",
    Meaning("subcategory", _P): "分项指标 二级指标 分项 子类别 Subcategory Sub-category",
    Meaning("name", _P): (
        "目标名称 目标 目标任务 任务名称 工作任务 重点任务 重点工作 工作事项 事项 项目名称 项目 指标名称 考核指标 指标 "
        "三级指标 主要任务 Goal Objective Task Indicator Measure Action Project KPI"
    ),
    Meaning("requirement", _P): (
        "考核内容及指标 考核内容 考核要求 目标要求 工作内容 工作要求 年度目标 目标内容 任务内容 主要内容 年度工作目标 "
        "Requirement Description Annual|target Requirement|and|measure Success|measure"
    ),
    Meaning("attribute", _P): "指标属性 属性 Nature",
    Meaning("due_month", _P): "完成时限 完成时限(月) 时限要求 时限 办结时限 完成期限 Due Due|date Due|month Deadline",
    Meaning("target", _P): "目标值 年度目标值 计划值 Target Target|value",
    Meaning("unit", _P): "计量单位 Unit Unit|of|measure",
    Meaning("basis", _P): "口径 统计口径 Basis",
    Meaning("baseline", _P): "基数 上年基数 基期值 Baseline",
    Meaning("weight", _P): "权重 分值 标准分 Weight Weighting",
    Meaning("assessor", _P): "评分单位 考核单位 Assessor",
    Meaning("leader", _P): "分管领导 责任领导 牵头领导 Senior|owner",
    Meaning("owner", _P): "责任人 联系人 具体责任人 Owner Responsible|person",
    Meaning("supporting", _P): "配合单位 协办单位 配合部门 责任科室 Supporting|departments Partners",
    Meaning("progress", _D, required=True): (
        "进展情况 工作进展 进展 完成情况 目前进展 推进情况 落实情况 工作进展情况 目标完成情况 任务进展情况 进度情况 "
        "Progress Progress|update Progress|to|date Update Narrative"
    ),
    Meaning(
        "status", _D, CellType.CHOICE, required=True
    ): "完成状态 状态 进度状态 是否完成 完成与否 Status RAG RAG|status",
    Meaning("actual", _D, CellType.NUMBER): "实际值 实际完成值 完成值 实际完成 完成数 Actual Actual|value Result",
    Meaning("this_month", _D, CellType.NUMBER): "本月 本月完成 当月 当月完成 This|month",
    Meaning("this_quarter", _D, CellType.NUMBER): "本季 本季度 本季度完成 This|quarter",
    Meaning("this_period", _D, CellType.NUMBER): "本期 本期完成 This|period",
    Meaning("to_date", _D, CellType.NUMBER): "累计 累计完成 本年累计 年初累计 To|date Year|to|date YTD Cumulative",
    Meaning("data_as_of", _D, CellType.MONTH): "数据截至 数据截止 Data|as|of",
    Meaning(
        "completed_on", _D, CellType.DATE
    ): "完成日期 办结日期 实际完成时间 Completed|on Completion|date Date|completed",
    Meaning("forecast", _D, CellType.DATE, future=True): "预计完成时间 预计完成日期 Forecast Expected|completion",
    Meaning("explanation", _D): (
        "情况说明 存在问题 存在的问题 存在困难 未完成原因 滞后原因 原因说明 问题及原因 存在问题及原因 困难和问题 "
        "存在问题及下步打算 存在问题及下步措施 存在问题及下一步打算 存在问题及下一步措施 "
        "Explanation Issues Problems Reasons Reason Issues|and|risks Risks"
    ),
    Meaning("next_steps", _D): (
        "下步措施 下步工作 下步打算 下一步措施 下一步工作 下一步打算 下步工作打算 下一步工作打算 整改措施 "
        "下一步工作措施 Next|steps Next|step Actions|planned Planned|actions"
    ),
    Meaning("evidence", _D): "佐证材料 印证材料 证明材料 支撑材料 Evidence Supporting|documents",
    Meaning("remark", _D, open=True): "备注 说明 Remark Remarks Comments Comment",
}
_KNOWN: Mapping[str, Meaning] = {
    match_key(word.replace("|", " ")): meaning for meaning, words in _WORDS.items() for word in words.split()
}
_PERIOD = re.compile(
    r"^(?:截[至止])?(?:\d{4}年)?(?:[\dXx×—–\-~至到、]{1,7}月(?:份|底|末)?|第?[一二三四1-4]季度|上半年|全年)(?:的)?|^本(?:期|阶段)"
)
_TAILS = ("进展情况", "完成情况", "存在问题", "完成时限", "责任单位", "佐证材料", "考核内容")


def find_meaning(heading: str) -> Meaning | None:
    """What a heading means, by its words, with or without the period before them and what explains it behind."""
    for text in readings(heading):
        for one in (text, _PERIOD.sub("", text)):
            if one in _KNOWN:
                return _KNOWN[one]
    bare = match_key(re.split(r"[（(\[【:：]", heading)[0])
    return next((_KNOWN[tail] for tail in _TAILS if bare.endswith(tail) and len(bare) <= len(tail) + 8), None)


_MONTHS = re.compile(r"^(?:截[至止])?(?:\d{4}年)?[\dXx×][\dXx×—–\-~至到、]{0,6}月(?:份|底|末)?(?=\D{2})")


def without_months(heading: str) -> str:
    """A heading without the months that it is about (1-6月完成情况), which are others in each period."""
    return _MONTHS.sub("", heading)


# --- types by words ---------------------------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(值|数|额|量|率|投资|得分|评分|比例|占比|增幅|增速|面积|人次|次数)$"
    r"|[（(](亿元|万元|元|%|％|个|家|人|项|次|户|亩|公里|万吨|吨|平方米|万人|台|套|分|件|百分点)[）)]$"
    r"|\b(amount|value|rate|percent|percentage|number|count|total|spend|score|cost)\b|%|[(](£|\$|€)?(m|k|000)?[)]$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(日期|时间)$|\bdate\b", re.IGNORECASE)
_MONTH = re.compile(r"月份$|\bmonth$", re.IGNORECASE)


def type_by_words(heading: str) -> CellType:
    """The type that a heading speaks of: 投资额（万元） is a number."""
    text = "".join(heading.split()) if not heading.isascii() else heading
    bare = re.split(r"[（(]", text)[0]
    if _NUMBER.search(text) or _NUMBER.search(bare):
        return CellType.NUMBER
    if _MONTH.search(bare):
        return CellType.MONTH
    return CellType.DATE if _DATE.search(bare) else CellType.TEXT


# --- words of a status ------------------------------------------------------------------------------------------------

_STATES: Mapping[Progress, str] = {
    Progress.COMPLETED: "完成 已办结 办结 全部完成 是 done finished met yes achieved",
    Progress.ON_TRACK: "推进中 进行中 正在推进 序时推进 按序时推进 正常 正在办理 in|progress ongoing green on|schedule",
    Progress.BEHIND: "进度滞后 落后 未达序时 未完成 未达标 否 delayed late off|track red no at|risk amber not|met",
    Progress.NOT_DUE: "未到期 尚未到期 not|due",
    Progress.NOT_STARTED: "未开展 未开工 未实施 尚未启动 not|begun",
    Progress.DATA_PENDING: "数据未出 待发布 no|data",
    Progress.CHANGE_REQUESTED: "调整 申请变更 change",
}
_STATE_OF: Mapping[str, Progress] = {
    **{match_key(word.replace("|", " ")): state for state, words in _STATES.items() for word in words.split()},
    **{match_key(word): state for state, words in STATUS_WORDS.items() for word in words},
}
SHIPPED_STATES = frozenset(match_key(word) for words in STATUS_WORDS.values() for word in words)


def find_states(choices: Sequence[str]) -> tuple[Progress, ...] | None:
    """What each word of a list of states means; None if any is not known, or none says that a goal is completed."""
    found = [_STATE_OF.get(match_key(choice)) for choice in choices]
    known = tuple(state for state in found if state is not None)
    return known if len(known) == len(choices) and Progress.COMPLETED in known else None
