"""A new cycle's folder: cycle.toml with its own seal key, plan.xlsx to fill in or from an example, inbox and outbox."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_xlsx import resources
from kpi_xlsx.definition import SHEET_SUFFIXES, find_template, load_template
from kpi_xlsx.excel import FONTS, Sheet, Workbook, height_of, line_count
from kpi_xlsx.files import temporary_beside, write_atomically
from kpi_xlsx.model import CycleError, Language, Mistake, Source
from kpi_xlsx.periods import FREQUENCY_WORDS
from kpi_xlsx.plan import DEPARTMENT_HEADINGS, DEPARTMENT_SHEET, GOAL_HEADINGS, GOAL_SHEET, REVIEW_HEADINGS
from kpi_xlsx.plan_changes import CHANGE_SHEET, ITEM_WORDS, UNIT_SHEET, UNIT_WORDS
from kpi_xlsx.plan_sheets import CHANGE_HEADINGS, UNIT_HEADINGS
from kpi_xlsx.plan_targets import TARGET_HEADINGS, TARGET_SHEET
from kpi_xlsx.settings import FILE
from kpi_xlsx.targets import BASIS_WORDS
from kpi_xlsx.template import Template
from kpi_xlsx.toml_files import nearest, read_toml

GOAL_COLUMNS = (
    "id",
    "department",
    "category",
    "subcategory",
    "name",
    "requirement",
    "attribute",
    "due_month",
    "frequency",
    "publish",
)
DEPARTMENT_COLUMNS = ("code", "name", "alias", "group", "contact", "phone", "email", "reviewer", "leader")
_WIDTHS = {"name": 22, "requirement": 56, "department": 20, "email": 24, "phone": 18, "contact": 14}

_WIDTHS |= {"document": 22, "item": 16, "old": 30, "new": 30, "reason": 30, "kind": 14}
_WIDTHS |= {"confidence": 9, "source": 16, "to_confirm": 46, "milestones": 24}
_PROPOSED = {"target": "FFFBE6", "unit": "FFFBE6", "basis": "FFFBE6", "to_confirm": "FFEB9C"}
"""Cells of a proposed plan that a person must look at, where anything stands in them."""
_FORMATS = {str: "@", dt.date: "yyyy-mm-dd"}

_TITLE = (
    "{department}{year}年{months}月绩效考核目标进展情况",
    "{department}: progress against goals, months {months} of {year}",
)

Table = Sequence[Mapping[str, Any]]


def start_cycle(folder: Path, language: Language, example: str | None = None, template: str | None = None) -> None:
    """Make a cycle in a folder that is new, or has no cycle yet. Raises CycleError if it has, or a name is unknown."""
    source = _find_example(example, language) if example else None
    data = read_toml(source / FILE, CycleError) if source else {}
    name = template or data.get("template") or f"progress-{language}"
    own = _own_design(template)
    design = load_template(own or find_template(name, folder, language))
    brought = [folder / own.name] if own and own.parent.absolute() != folder.absolute() else []
    taken = [path.name for path in (folder / FILE, folder / "plan.xlsx", *brought) if path.exists()]
    if taken:
        words = language.say(
            f"文件夹 {folder} 里已经有 {'、'.join(taken)}，没有改动。换一个文件夹。",
            f"The folder {folder} already holds {', '.join(taken)}; nothing was changed. Take another folder.",
        )
        raise CycleError([Mistake(FILE, "", words)])
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("inbox", "outbox"):
        (folder / part).mkdir(exist_ok=True)
    plan = read_toml(source / "plan.toml", CycleError) if source else {}
    parts_of_it = ("goals", "departments", "changes", "units", "targets")
    goals, departments, changes, units, targets = (plan.get(key, ()) for key in parts_of_it)
    if own is not None:
        name = own.name
        for target in brought:  # the definition goes along with the cycle
            _copy(own, target)
    further = _further_headings(design)
    write_plan(folder / "plan.xlsx", goals, departments, design.language, changes, units, targets, further)
    title = design.title if own else ""
    text = _cycle_text(data, name, design.language) if data else _fresh_cycle_text(name, design.language, title)
    write_atomically(folder / FILE, text)


def _own_design(name: str | None) -> Path | None:
    """The file of a definition that a person named from where they stand; a shipped name goes before."""
    path = Path(name or "")
    own = name is not None and path.suffix.casefold() in (".toml", *SHEET_SUFFIXES) and path.is_file()
    return path if own else None


def _copy(own: Path, target: Path) -> None:
    temporary = temporary_beside(target)
    try:
        shutil.copyfile(own, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _further_headings(design: Template) -> list[str]:
    """The columns that a template takes from the plan, beside those that every plan has."""
    columns = [column for column in design.main.of(Source.PLAN) if column.key not in GOAL_COLUMNS]
    return [column.key if column.key in GOAL_HEADINGS else column.header for column in columns]


def _find_example(name: str, language: Language) -> Path:
    known = resources.names("examples")
    if name in known:
        return resources.folder("examples") / name
    close = nearest(name, known)
    hint = language.say(f"是不是“{close}”？", f"Did you mean “{close}”? ") if close else ""
    listed = ", ".join(known)
    words = language.say(
        f"没有“{name}”这个例子。{hint}可用的有：{listed}。", f"There is no example “{name}”. {hint}Shipped: {listed}."
    )
    raise CycleError([Mistake("--example", "", words)])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _cycle_text(data: Mapping[str, Any], template: str, language: Language) -> str:
    """An example's cycle.toml with a seal key of its own."""
    lines = [language.say("# 报送期设置，可以用记事本改。", "# The settings of this cycle; any text editor will do.")]
    values = {**data, "template": template, "seal_key": secrets.token_hex(16)}
    for key, value in values.items():
        lines.append(f"{key} = {_toml_value(value)}")
    return "\n".join(lines) + "\n"


def _toml_value(value: str | int | dt.datetime) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return str(value) if isinstance(value, int) else value.isoformat()


def _fresh_cycle_text(template: str, language: Language, title: str = "") -> str:
    """A cycle.toml to be looked through: the months of this year that are over, and no deadline yet."""
    title = title or language.say(*_TITLE)
    last = dt.date.today().replace(day=1) - dt.timedelta(days=1)
    period = f"{last.year}-01/{last:%Y-%m}" if last.month > 1 else f"{last:%Y-%m}"
    deadline = f"{dt.date.today():%Y-%m}-05T17:30:00+08:00"
    if language is Language.ZH:
        return (
            "# 报送期设置，可以用记事本改。\n"
            f"title = {_quoted(title)}\n"
            f'period = "{period}"          # 起止月份，单月写一个即可\n'
            f"# return_by = {deadline}   # 报送截止时间，去掉行首的 # 生效\n"
            f"template = {_quoted(template)}\n"
            '# contact = "联系人 电话"       # 印在表头\n'
            '# marking = "内部资料"          # 印在内部材料上\n'
            f'seal_key = "{secrets.token_hex(16)}"   # 验证表格用，不要改，不要外传\n'
        )
    return (
        "# The settings of this cycle; any text editor will do.\n"
        f"title = {_quoted(title)}\n"
        f'period = "{period}"          # first and last month; one month alone is fine\n'
        f"# return_by = {deadline}   # the deadline for returns; remove the # at the front\n"
        f"template = {_quoted(template)}\n"
        '# contact = "name, telephone"   # printed at the head of each form\n'
        '# marking = "Internal"          # printed on internal papers\n'
        f'seal_key = "{secrets.token_hex(16)}"   # seals the forms: do not change it, do not give it away\n'
    )


# --- plan.xlsx --------------------------------------------------------------------------------------------------------


def write_plan(
    path: Path,
    goals: Table,
    departments: Table,
    language: Language,
    changes: Table = (),
    units: Table = (),
    targets: Table = (),
    further: Sequence[str] = (),
) -> None:
    """plan.xlsx with its five sheets, headings in the cycle's language, and a few words on what each column takes.

    `further`: columns of the goals beside those that every plan has, whether or not anything is in them.
    """
    used = (*(key for goal in goals for key in goal), *further)
    extra = [key for key in dict.fromkeys(used) if key not in GOAL_COLUMNS]
    keys = [*GOAL_COLUMNS, *extra]
    items = [language.say(GOAL_HEADINGS[key][0], key) if key in GOAL_HEADINGS else key for key in keys if key != "id"]
    words = [language.say(*pair) for pair in ITEM_WORDS.values()]
    kinds = [language.say(*pair) for pair in UNIT_WORDS.values()]
    frequencies = [_frequency_word(names, language) for names in FREQUENCY_WORDS.values()]
    bases = [language.say(*pair) for pair in BASIS_WORDS.values()]
    with Workbook(path, dt.date(2018, 1, 1)) as book:
        for names, columns, headings, rows, helps, lists in (
            (GOAL_SHEET, keys, {**GOAL_HEADINGS, **REVIEW_HEADINGS}, goals, _COLUMN_HELP, {"frequency": frequencies}),
            (DEPARTMENT_SHEET, DEPARTMENT_COLUMNS, DEPARTMENT_HEADINGS, departments, _COLUMN_HELP, {}),
            (CHANGE_SHEET, tuple(CHANGE_HEADINGS), CHANGE_HEADINGS, changes, _CHANGE_HELP, {"item": [*words, *items]}),
            (UNIT_SHEET, tuple(UNIT_HEADINGS), UNIT_HEADINGS, units, _UNIT_HELP, {"kind": kinds}),
            (TARGET_SHEET, tuple(TARGET_HEADINGS), TARGET_HEADINGS, targets, _TARGET_HELP, {"basis": bases}),
        ):
            sheet = book.add_sheet(language.say(*reversed(names)))
            _write_table(sheet, columns, headings, rows, language, helps, lists)


def _write_table(
    sheet: Sheet,
    keys: Sequence[str],
    words: Mapping[str, tuple[str, ...]],
    rows: Table,
    language: Language,
    helps: Mapping[str, tuple[str, str]],
    lists: Mapping[str, Sequence[str]],
) -> None:
    base = {"font_name": FONTS[language], "font_size": 10.5, "text_wrap": True, "valign": "vcenter"}
    base |= {"border": 1, "border_color": "BFBFBF"}
    head = {**base, "bold": True, "align": "center", "bg_color": "D9E1F2"}
    sheet.call("set_row", 0, 26)
    for place, key in enumerate(keys):
        heading = _heading(key, words, language)
        sheet.call("set_column", place, place, _WIDTHS.get(key, 13))
        sheet.text(0, place, heading, head)
        help_text = helps.get(key)
        if help_text:
            options: dict[str, Any] = {
                "validate": "any",
                "input_title": heading[:32],
                "input_message": language.say(*help_text),
            }
            if key in lists:
                options |= {"validate": "list", "source": _fitting(lists[key])}
                options |= {"error_type": "information"} if key == "item" else {}  # other headings are right, too
            sheet.call("data_validation", 1, place, 5000, place, options)
    for number, row in enumerate(rows, 1):
        lines = max(line_count(str(row.get(key, "")), _WIDTHS.get(key, 13)) for key in keys)
        sheet.call("set_row", number, height_of(lines))
        for place, key in enumerate(keys):
            value = row.get(key)
            look = {**base, "num_format": _FORMATS[type(value)]} if type(value) in _FORMATS else base
            if row.get("to_confirm") and value and key in _PROPOSED:
                look = {**look, "bg_color": _PROPOSED[key]}
            sheet.value(number, place, None if value == "" else value, look)
    sheet.raw.freeze_panes(1, 0)
    sheet.call("autofilter", 0, 0, max(len(rows), 1), len(keys) - 1)
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.repeat_rows(0)


def _heading(key: str, words: Mapping[str, tuple[str, ...]], language: Language) -> str:
    """A column's heading; in English its key, but for what only a proposal has."""
    if key not in words:
        return key
    return language.say(words[key][0], words[key][-1] if key in REVIEW_HEADINGS else key)


def _fitting(choices: Sequence[str]) -> list[str]:
    """As many choices as Excel takes in a list: 255 characters with the commas; none that has a comma itself."""
    found: list[str] = []
    for choice in choices:
        if "," not in choice and len(",".join([*found, choice])) <= 255:
            found.append(choice)
    return found


def _frequency_word(names: tuple[str, ...], language: Language) -> str:
    return next(name for name in names if name.isascii() == (language is Language.EN))


_COLUMN_HELP: Mapping[str, tuple[str, str]] = {
    "id": (
        "每个目标一个编号，全表不重复，一年之内不要改。",
        "A number or word of its own for every goal; keep it all year.",
    ),
    "department": (
        "部门表里的代码或名称。多个单位用、隔开，第一个是牵头单位，其余是配合单位。",
        "Code or name from the departments sheet. Several are separated by ; the first one leads, the others support.",
    ),
    "due_month": (
        "1 到 12，或 12月底前、二季度、全年、2019-03。空着就是 12。",
        "1 to 12, or Q2, 2019-03, a date. Blank is 12.",
    ),
    "frequency": (
        "月、季、半年、年；例外 = 有情况才报。空着就是每月。",
        "month, quarter, half-year, year; exception = only if something happened. Blank is month.",
    ),
    "publish": (
        "只有写“是”的才公开；整列不要就是都公开。",
        "Only rows that say yes are published; without this column all are.",
    ),
    "public_text": (
        "公示里印这里写的，不印单位报的进展；空着就印单位报的。",
        "A notice has these words instead of the progress; blank: the progress as reported.",
    ),
    "code": ("单位代码，1 到 20 个字，会出现在文件名里。", "A short code; it becomes part of file names."),
    "to_confirm": (
        "核对完就清空这一格；在那以前，这一行的目标值不作数。",
        "Clear this once you have looked at the row; until then its targets do not count.",
    ),
    "alias": ("简称或曾用名，多个用、隔开。", "Short or former names, separated by ;"),
}
_CHANGE_HELP: Mapping[str, tuple[str, str]] = {
    "date": ("批准文件的日期。", "The day of the document."),
    "goal": ("考核目标表里的编号。", "The goal's id, as in the goals sheet."),
    "item": (
        "改了哪一列，写考核目标表的列名；新的目标写“新增”，不再考核的写“取消”。",
        "The heading of the column that was changed; for a new goal “added”, for one reported no more “dropped”.",
    ),
    "old": (
        "改之前的内容；长的只写改的那几个字也可以。",
        "What stood there; of a long text the changed words suffice.",
    ),
    "new": ("改之后的内容。考核目标表里也要改。", "What stands there now. Change it in the goals sheet as well."),
    "since": (
        "2018-05、5月或日期；空着就从批准的那个月起。",
        "2018-05, May or a date; blank: from the document's month on.",
    ),
}
_UNIT_HELP: Mapping[str, tuple[str, str]] = {
    "date": ("从哪天起变更；到了这一天才生效。", "The day from which it holds; until then the line does nothing."),
    "kind": (
        "更名、合并、撤销的，原单位要从部门表里拿掉；职能划转的，原单位还在。",
        "If it is renamed, merged or abolished, take the old unit out of the departments sheet; not for a transfer.",
    ),
    "old": ("原单位的名称，多个用、隔开。", "The old unit's name; several are separated by ;"),
    "new": ("新单位，部门表里的代码或名称。", "The new unit, by code or name in the departments sheet."),
    "goals": ("涉及的目标编号，用、隔开；空着就是全部。", "Ids of the goals concerned, separated by ; Blank: all."),
    "old_code": (
        "原单位的代码，与新单位不同的要写：已经发出去的旧表靠它认。",
        "The old unit's code, if the new one has another: forms sent out earlier are known by it.",
    ),
}
_TARGET_HELP: Mapping[str, tuple[str, str]] = {
    "id": (
        "目标编号#序号，如 11#1、11#2；每个指标一行。一个目标只有一个指标的，也可以在考核目标表加“目标值”等列。",
        "Goal id#number, such as 11#1, 11#2; a row for each target.",
    ),
    "name": ("指标叫什么，印在填报表上。", "What the target is called in the form."),
    "target": (
        "15、>=15、<=3、3..5、↑、↓；也认得 不少于、达、以内、增长 8%、正增长、双下降。",
        "15, >=15, <=3, 3..5, ↑, ↓; words such as at least or no more than are known, too.",
    ),
    "basis": (
        "流量 = 当年新增，存量 = 期末共有，交付 = 做没做，条件 = 出没出事。不写口径的数量没法判断。",
        "flow = new this year, stock = what there is, deliverable = done or not. Quantities need it.",
    ),
    "baseline": (
        "只说升降的，与哪个数比，如上年同期。",
        "What a mere direction is compared with, such as last year's.",
    ),
    "milestones": ("不按月平均的才写：3月20%；6月45%；12月100%。", "Only if not even: 3:20%; 6:45%; 12:100%."),
}
