"""The headings of plans and notices, in the many words that offices have for them, to the columns of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kpi_xlsx.model import match_key
from kpi_xlsx.notice import Line, one_line

KEYS: Mapping[str, str] = {
    "id": "编号 序号 目标编号 任务编号 id no no. number ref",
    "department": "责任单位 责任部门 承办单位 实施单位 主办单位 牵头单位 牵头部门 牵头责任单位 责任主体 被考核单位 "
    "报送单位 department responsible responsibledepartment responsibleunit lead leaddepartment leadunit owner",
    "support": "配合单位 配合部门 协办单位 协同单位 参与单位 责任配合单位 "
    "support supporting supportingdepartments supportingunits supporters partners",
    "name": "目标名称 目标任务 工作目标任务 工作任务 重点工作任务 重点任务 重点工作 任务名称 工作事项 事项 指标名称 "
    "考核指标 考核项目 项目名称 指标 三级指标 目标 任务 name goal goalname objective task indicator kpi measure",
    "requirement": "考核内容及指标 考核内容 考核内容及要求 目标要求 工作要求 工作内容 主要内容 主要工作内容 具体内容 "
    "目标内容 具体目标 年度目标 年度工作目标 全年目标 考核标准 评价标准 requirement requirements content description "
    "annualgoal annualtarget",
    "category": "类别 目标类别 指标类别 一级指标 大类 category perspective area theme",
    "subcategory": "分项指标 二级指标 分类 小类 子类 subcategory subarea group",
    "attribute": "指标属性 属性 指标性质 attribute nature",
    "due_month": "完成时限 完成时间 完成期限 时间节点 截止时间 时限 时限要求 duemonth due duedate deadline dueby by",
    "frequency": "报送频率 频率 报送周期 frequency",
    "publish": "是否公开 公开 publish",
    "target": "目标值 年度目标值 全年目标值 计划值 计划数 任务数 年度计划 target targetvalue",
    "unit": "计量单位 单位 unit unitofmeasure",
    "basis": "口径 指标口径 basis",
    "baseline": "基数 基期值 上年基数 上年完成 上年完成数 上年数 上年实际 baseline lastyear",
    "weight": "权重 分值 标准分 分数 满分 基础分 weight points maxpoints",
    "assessor": "评分单位 考核单位 考评单位 评价单位 assessor assessedby",
    "progress": "进展情况 完成情况 进度情况 工作进展 工作进展情况 落实情况 推进情况 目标进展情况 目前进展 最新进展 "
    "实施进展 progress progressmade statusofwork achievement achievements",
    "status": "完成状态 状态 进展状态 status",
    "actual": "实际值 完成值 实际完成 实际完成值 累计完成 累计完成数 actual actualvalue",
    "problems": "存在问题 存在的问题 主要问题 问题 困难问题 存在问题及困难 problems issues risks",
    "steps": "下步措施 下一步措施 下步打算 下一步打算 下一步工作打算 下步工作 下一步工作 下一步工作安排 "
    "下一步计划 改进措施 nextsteps plannedsteps nextmeasures",
    "explanation": "情况说明 说明 原因 未完成原因 问题及下步措施 问题及下一步措施 问题和下步措施 "
    "explanation reason remarks",
    "evidence": "佐证材料 证明材料 evidence",
    "milestone1": "一季度 第一季度 1季度 一季度目标 q1 firstquarter",
    "milestone2": "二季度 第二季度 2季度 上半年 二季度目标 上半年目标 q2 secondquarter",
    "milestone3": "三季度 第三季度 3季度 前三季度 三季度目标 q3 thirdquarter",
    "milestone4": "四季度 第四季度 4季度 四季度目标 q4 fourthquarter",
}
"""What each column may be called, as headings are compared: the words that a plan itself uses come first."""
MILESTONES = ("milestone1", "milestone2", "milestone3", "milestone4")
OF_RETURN = ("progress", "status", "actual", "problems", "steps", "explanation", "evidence")
"""What departments report: it belongs into a return, not into a plan."""
LONG = ("requirement", *OF_RETURN, *MILESTONES)
"""Columns that hold whole sentences."""
_WORDS = {match_key(word): key for key, words in KEYS.items() for word in reversed(words.split())}
_PERIOD = (
    r"(?:\d{4}年?度?)?(?:截[至止]?(?:到)?)?(?:\d{1,2}[-—–~～至]\d{1,2}月份?|\d{1,2}月份?|上半年|全年|本年度?|本月|本期|"
    r"前三季度|第?[一二三四1-4]季度)?(?:[末底]|累计)?"
)
_BEFORE = re.compile(f"^{_PERIOD}")
_AFTER = re.compile(f"{_PERIOD}$")
_BRACKETS = re.compile(r"[(\[【〔<].*?[)\]】〕>]")
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns of a notice's table by key, how many there are, and what further ones are called."""

    columns: Mapping[str, int]
    width: int
    others: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> int:
        """The column in which a goal's name stands, or what stands for it."""
        return self.columns.get("name", self.columns.get("requirement", 0))

    @property
    def short(self) -> tuple[int, ...]:
        """The columns that a row torn apart by a page break has blank in its second part."""
        return tuple(column for key, column in self.columns.items() if key not in LONG)


def heading_key(text: str, mapping: Mapping[str, str]) -> str | None:
    """The column that a heading names; None if nobody knows, an empty text if the mapping leaves it out."""
    bare = match_key(one_line(text))
    if bare in mapping:
        return mapping[bare]
    return next((_WORDS[word] for word in _readings(bare) if word in _WORDS), None)


def _readings(bare: str) -> Iterator[str]:
    """A heading as it stands, without brackets, and without the period that it speaks of."""
    yield bare
    short = _BRACKETS.sub("", bare).strip(":：*★")
    yield short
    yield _AFTER.sub("", short, count=1)
    start = _BEFORE.sub("", short, count=1)
    yield start
    yield _AFTER.sub("", start, count=1)
    yield from (part for part in re.split(r"[/／、及和]", start) if len(part) > 2)


def find_headings(lines: Sequence[Line], at: int, mapping: Mapping[str, str]) -> tuple[Headings, int] | None:
    """The headings that stand in this line, or in it and the next; and how many lines they take."""
    line = lines[at]
    if len(line.cells) < 2:
        return None
    upper = _read(line, mapping)
    below = lines[at + 1] if at + 1 < len(lines) else None
    if below is not None and below.table == line.table and len(below.cells) > 1:
        both = _read(_stacked(line, below), mapping)
        if len(both.columns) > len(upper.columns) and _is_heading(both) and not _sentences(below):
            return both, 2
    return (upper, 1) if _is_heading(upper) and not _sentences(line) else None


def _is_heading(found: Headings) -> bool:
    named = {"name", "requirement", "progress"} & found.columns.keys()
    return bool(named) and (len(found.columns) >= _ENOUGH or len(found.columns) == found.width > 1)


def _sentences(line: Line) -> bool:
    """Whether a line holds what no heading is as long as."""
    return any(len(text) > 40 for text in line.cells)


def _stacked(upper: Line, lower: Line) -> Line:
    """Two lines of headings as one: the lower text counts, with the group above it before it where that helps."""
    width = max(len(upper.cells), len(lower.cells))
    above = [*upper.cells, *[""] * (width - len(upper.cells))]
    for first, last in upper.spans.items():
        above[first : last + 1] = [above[first]] * (min(last, width - 1) + 1 - first)
    below = [*lower.cells, *[""] * (width - len(lower.cells))]
    return Line(upper.place, tuple(low or high for high, low in zip(above, below, strict=True)), upper.table)


def _read(line: Line, mapping: Mapping[str, str]) -> Headings:
    keys = [heading_key(text, mapping) if text else None for text in line.cells]
    columns: dict[str, int] = {}
    others: dict[int, str] = {}
    for column, (key, text) in enumerate(zip(keys, line.cells, strict=True)):
        if key and key not in columns:
            columns[key] = column
        elif text and key != "":
            name = one_line(text)
            others[column] = name if name not in others.values() else f"{name} {column + 1}"
    _settle(columns, line)
    width = len(line.cells)
    while width > 1 and not line.cells[width - 1]:
        width -= 1
    return Headings(columns, width, others)


def _settle(columns: dict[str, int], line: Line) -> None:
    """单位 beside a department is the unit of a figure; where there is none, it may be who is responsible."""
    if "unit" in columns and "department" not in columns and "target" not in columns:
        column = columns["unit"]
        if match_key(one_line(line.cells[column])) == "单位":
            columns["department"] = columns.pop("unit")
    if "name" not in columns and "subcategory" in columns and "requirement" not in columns:
        columns["name"] = columns.pop("subcategory")
