"""What is said of an existing form that only a person can confirm, in both languages; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xlsx.model import CellType, Language, Source
from kpi_xlsx.specimen import Doubt

_WORDS: Mapping[str, tuple[str, str]] = {
    "department": (
        "“{header}”没有放进模板：每个单位拿到的是自己的表，汇总表里本来就有责任单位一列。",
        "“{header}” was left out: each department gets a form of its own, and the master names it.",
    ),
    "automatic": (
        "“{header}”没有放进模板：生成的填报表自己会加这一列。",
        "“{header}” was left out: the forms add a column of this name themselves.",
    ),
    "calculated": (
        "“{header}”是公式算的，没有放进模板：填报表里不带公式。要单位填结果，就自己加一列。",
        "“{header}” is calculated by a formula and was left out, since forms carry none. Add a column if departments "
        "are to type the result.",
    ),
    "hidden": (
        "“{header}”是隐藏的列，没有放进模板。",
        "“{header}” is a hidden column and was left out.",
    ),
    "months": (
        "“{shown}”改成了“{timeless}”：表头每期不变，月份在标题里。",
        "“{shown}” became “{timeless}”: headings stay the same in each period; the title names the months.",
    ),
    "unknown": (
        "“{header}”由谁填？现在按“{who}”。",
        "Who fills in “{header}”? Taken as: {who}.",
    ),
    "contradicted": (
        "“{header}”按颜色或锁定看是“{who}”，对吗？",
        "By its colour or lock “{header}” is: {who}. Is that right?",
    ),
    "blank": (
        "“{header}”下面是空的，现在按“{who}”。要单位填，就把“谁填”（source）改成单位（department）。",
        "“{header}” is blank below; taken as: {who}. If departments fill it in, make its source department.",
    ),
    "open": (
        "“{header}”由单位填，还是只由办公室填（“谁填”写办公室 office，只在汇总表里）？",
        "Do departments fill in “{header}”, or only the office (source = office, in the master alone)?",
    ),
    "nobody": (
        "没有看出哪一列由单位填，暂时定为“{header}”。",
        "No column seems to be left to departments; “{header}” was taken for the time being.",
    ),
    "bands": (
        "表中间分段的行（如“{shown}”）改成了一列“{header}”，内容写在 plan.xlsx 里。",
        "The lines that part the table (“{shown}”) became a column, “{header}”; its words go into plan.xlsx.",
    ),
    "no_id": (
        "原表没有不重复的编号，加了一列“{header}”（不打印）：每行靠它认出目标。plan.xlsx 里每个目标要有编号。",
        "The form has no column that names each goal; “{header}” was added (not printed). Every goal in plan.xlsx "
        "needs an id.",
    ),
    "rule": (
        "“{header}”的有效性规则（{shown}）搬不过来，请自己写。",
        "The validation of “{header}” ({shown}) cannot be carried over; write what is wanted yourself.",
    ),
    "formula": (
        "“{header}”原来有公式。填报表里不带公式：请单位填结果，或者删掉这一列。",
        "“{header}” held formulas. Forms carry none: have the result typed, or take the column out.",
    ),
    "type": (
        "“{header}”填的是{kind}吗？不是就把类型（type）改成文字（text）。",
        "Is “{header}” {kind}? If not, make its type text.",
    ),
    "no_list": (
        "“{header}”没有下拉列表，先当文字。要用列表：列代号（key）写 status，类型（type）写选择（choice），写上选项。",
        "“{header}” has no list, so it is text for now. For a list: make the key status, the type choice, and write "
        "its choices.",
    ),
    "states": (
        "“{header}”的选项看不出哪个是已完成。是状态的话，列代号（key）改成 status，用选项含义（means）逐个写明。",
        "Which choice of “{header}” means completed is not clear. If it is the status, make the key status and say "
        "with means what each choice stands for.",
    ),
    "means": ("各状态的意思对吗：{shown}", "Do the states mean this: {shown}?"),
    "whose": (
        "“{shown}”没有放进模板：每份表的页脚本来就有单位名称，标题里要有就写 {{department}}。",
        "“{shown}” was left out: each form's footer names its department. For the title, too, write {{department}}.",
    ),
    "marking": (
        "“{shown}”没有放进模板：写在 cycle.toml 的 marking 里，就印在每份表上。",
        "“{shown}” was left out: as marking in cycle.toml it is printed on each form.",
    ),
    "notes": (
        "说明超过 {count} 条，多的并在最后一条里。",
        "There are more than {count} notes; the others were joined to the last.",
    ),
    "title": (
        "标题“{shown}”改成了“{title}”：花括号里每期自动换成单位、年、月。",
        "The title “{shown}” became “{title}”: what is in braces changes with department and period.",
    ),
    "bare_title": (
        "标题里没有年月。要每期自动换，写上 {{department}}{{year}}年{{months}}月。",
        "The title names no period. What is to change each time is written {{department}}, {{year}}, {{months}}.",
    ),
    "financial_year": (
        "标题里是跨年的年度：cycle.toml 里的 year_start 要写年度从几月开始，如 4。",
        "The title names a financial year: year_start in cycle.toml must say in which month it begins, such as 4.",
    ),
    "month_name": (
        "标题里的英文月份不会变；{{months}}、{{quarter}} 会自动换。",
        "The month in the title stays as it is written; {{months}} and {{quarter}} change by themselves.",
    ),
}
WHO: Mapping[Source, tuple[str, str]] = {
    Source.PLAN: ("取自年度目标", "given, from the plan"),
    Source.DEPARTMENT: ("单位填", "filled in by departments"),
    Source.OFFICE: ("办公室填", "the office's own"),
}
KINDS: Mapping[CellType, tuple[str, str]] = {
    CellType.NUMBER: ("数字", "a number"),
    CellType.DATE: ("日期", "a date"),
    CellType.MONTH: ("月份", "a month"),
    CellType.TEXT: ("文字", "text"),
    CellType.CHOICE: ("选项", "a choice"),
}


def make_doubt(place: str, what: str, language: Language, **words: object) -> Doubt:
    """A doubt in the form's language; `place` is the key that it belongs to."""
    return Doubt(place, language.say(*_WORDS[what]).format(**words))
