"""An office's own form becomes a definition that a whole round runs on; what cannot be known is asked, not guessed."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from click.testing import CliRunner
from office import Office
from office_forms import FORMS
from ooxml import lint, validate
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.definition import load_template
from kpi_xlsx.form import form_name, write_form
from kpi_xlsx.model import CycleError, Language, Progress, Scalar, TemplateError
from kpi_xlsx.specimen_words import Words, propose_title, sort_text
from kpi_xlsx.starter import start_cycle, write_plan
from kpi_xlsx.template import Column
from kpi_xlsx.template_import import Imported, import_template


@dataclass(frozen=True)
class Made:
    """A form of each layout, imported both ways."""

    form: Path
    toml: Imported
    sheet: Imported

    @property
    def columns(self) -> Mapping[str, Column]:
        return self.toml.template.main.by_key

    def doubts(self, place: str) -> list[str]:
        return self.toml.draft.doubts_of(place)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Made]:
    home = tmp_path_factory.mktemp("forms")
    found = {}
    for name, make in FORMS.items():
        form = make(home / f"{name} form.xlsx")
        first, second = (import_template(form, home / f"{name}{tail}", Language.EN) for tail in (".toml", ".xlsx"))
        found[name] = Made(form, first, second)
    return found


def headings(one: Made, source: str) -> list[str]:
    return [f"{c.group}|{c.header}" if c.group else c.header for c in one.columns.values() if c.source == source]


# --- what is understood -----------------------------------------------------------------------------------------------


def test_one_line_of_headings(made: Mapping[str, Made]) -> None:
    county = made["county"]
    assert headings(county, "plan") == ["编号", "类别", "序号", "重点工作", "工作内容", "完成时限"]
    assert headings(county, "department") == ["进展情况", "存在问题及下步打算", "备注"]
    assert county.toml.template.title == "示例县{year}年{months}月重点工作进展情况表"
    labels = ("填报单位（盖章）：", "填报日期：", "单位负责人：", "审核人：", "填报人：", "联系电话：")
    assert county.toml.template.signature == labels
    assert (county.columns["id"].print, county.columns["column_1"].header) == (False, "序号")
    assert (county.columns["progress"].width, county.columns["progress"].required) == (40, True)
    assert (county.toml.template.print.paper, county.toml.template.print.orientation) == ("A4", "landscape")


def test_two_lines_of_headings(made: Mapping[str, Made]) -> None:
    levels = made["two-levels"]
    assert headings(levels, "plan") == ["编号", "类别", "指标名称", "年度目标值"]
    filled = ["完成值|本月", "完成值|累计", "增速（%）", "完成状态", "情况说明"]
    assert headings(levels, "department") == filled
    assert levels.toml.template.title == "{department}{year}年{months}月主要指标完成情况统计表"
    assert levels.toml.template.notes == ("单位：亿元、%", "累计为年初以来数。", "增速与上年同期相比。")
    assert levels.toml.template.signature == ("单位负责人（签字）：", "填表人：", "联系电话：")
    month = levels.columns["this_month"]
    assert (month.type, month.min, month.help) == ("number", 0, "填数字，不带单位。")
    assert levels.columns["category"].merge
    assert levels.columns["status"].choices == ("已完成", "推进中", "滞后")
    assert levels.toml.template.progress_of["推进中"] is Progress.ON_TRACK


def test_an_english_form_that_is_protected(made: Mapping[str, Made]) -> None:
    quarter = made["quarterly"]
    assert headings(quarter, "plan") == ["Goal ID", "Objective", "Success measure", "Target"]
    assert list(quarter.columns)[4:] == ["actual", "status", "forecast", "progress", "next_steps"]
    assert quarter.toml.template.title.endswith("Quarter {quarter} {financial_year}")
    assert (quarter.columns["forecast"].type, quarter.columns["forecast"].future) == ("date", True)
    assert quarter.columns["progress"].max_length == 500
    assert [str(state) for state in quarter.columns["status"].means] == ["completed", "on_track", "behind", "behind"]
    assert (quarter.toml.template.language, quarter.toml.template.print.orientation) == ("en", "portrait")


@pytest.mark.parametrize("name", FORMS)
def test_a_sheet_says_the_same_as_toml(name: str, made: Mapping[str, Made]) -> None:
    one = made[name]
    assert load_template(one.toml.target) == one.toml.template
    assert load_template(one.sheet.target) == one.toml.template
    assert lint(one.sheet.target) == []
    assert one.sheet.draft.doubts == one.toml.draft.doubts


@pytest.mark.parametrize("name", FORMS)
def test_what_is_uncertain_stands_beside_it(name: str, made: Mapping[str, Made]) -> None:
    """In the TOML as comments above the key, in the workbook in a column of its own; each once."""
    one = made[name]
    mark = {"zh": "请确认", "en": "to confirm"}[one.toml.template.language]
    comments = [line for line in one.toml.target.read_text("utf-8").splitlines() if line.startswith(f"# {mark}: ")]
    assert sorted(comments) == sorted(f"# {mark}: {doubt.words}" for doubt in one.toml.draft.doubts)
    cells = [
        str(cell.value) for sheet in load_workbook(one.sheet.target) for row in sheet for cell in row if cell.value
    ]
    assert all(any(doubt.words in cell for cell in cells) for doubt in one.toml.draft.doubts)


def test_what_was_not_carried_over_is_said(made: Mapping[str, Made]) -> None:
    assert any("责任单位" in words for words in made["county"].toml.draft.other_doubts())
    assert any("完成率" in words for words in made["two-levels"].toml.draft.other_doubts())
    assert any("城市建设" in words for words in made["county"].doubts("category"))
    assert made["county"].doubts("id")
    assert made["county"].doubts("remark")
    assert any("推进中 = 正常推进（on_track）" in words for words in made["two-levels"].doubts("status"))
    assert not made["county"].doubts("progress")


# --- a whole round ----------------------------------------------------------------------------------------------------

_ANSWERS: Mapping[str, Scalar] = {
    "text": "到六月底按计划推进，已完成一半。",
    "number": 12.5,
    "date": dt.date(2018, 7, 3),
    "month": dt.date(2018, 6, 1),
}


def run_round(template: Path, folder: Path) -> tuple[Cycle, Mapping[str, Scalar]]:
    """init with the template, a plan, forms, a return of each department; the cycle, and what stands in each row."""
    start_cycle(folder, Language.ZH, template=str(template))
    design = load_template(folder / template.name)
    own = [column for column in design.main.given if column.key.startswith("column_")]
    goals = [
        {"id": name, "department": code, "name": f"目标{name}", **{column.header: 1 for column in own}}
        for name, code in (("A-1", "A"), ("A-2", "A"), ("B-1", "B"))
    ]
    offices = [{"code": code, "name": f"示例{code}局"} for code in "AB"]
    write_plan(folder / "plan.xlsx", goals, offices, design.language)
    text = (folder / "cycle.toml").read_text("utf-8").splitlines()
    lines = [line for line in text if not line.startswith(("period", "# return_by"))]
    period = 'period = "2018-04/2018-06"\nreturn_by = 2018-07-05T17:30:00+08:00'
    (folder / "cycle.toml").write_text("\n".join([period, *lines]) + "\n", "utf-8")
    cycle = Cycle.load(folder)
    assert len(cycle.generate()) == 2
    row = {c.key: c.choices[1] if c.choices else _ANSWERS[c.type] for c in cycle.context.template.main.entry}
    for code in "AB":
        answers = {goal.key: {**row, **_words(row, goal.id)} for goal in cycle.context.plan.goals_of(code)}
        write_form(kit.inbox(cycle, f"{code}.xlsx"), cycle.context, cycle.settings, code, answers)
    return cycle, row


def _words(row: Mapping[str, Scalar], goal: str) -> Mapping[str, Scalar]:
    """The texts of a row in words of the goal's own."""
    return {key: f"{goal}：{value}" for key, value in row.items() if value == _ANSWERS["text"]}


TITLES = {
    "county": "示例县2018年4-6月重点工作进展情况表",
    "two-levels": "示例A局2018年4-6月主要指标完成情况统计表",
    "quarterly": "Service plan monitoring return, Quarter 2 2018",
}
"""As the forms bear them; the year of the cycle begins in January."""


def rows_of(master: Path) -> Mapping[str, Mapping[str, Any]]:
    """The master's rows by goal, their cells by column key."""
    lines = list(load_workbook(master).worksheets[0].values)
    top = next(number for number, line in enumerate(lines) if line[0] == "#department")
    keys = [str(key)[1:] for key in lines[top]]
    rows = [dict(zip(keys, line, strict=True)) for line in lines[top + 1 :]]
    return {str(row["id"]): row for row in rows}


@pytest.mark.parametrize(("name", "tail"), [("county", "toml"), ("two-levels", "sheet"), ("quarterly", "toml")])
def test_a_whole_round(name: str, tail: str, made: Mapping[str, Made], tmp_path: Path) -> None:
    one: Imported = getattr(made[name], tail)
    cycle, row = run_round(one.target, tmp_path / "cycle")
    report = cycle.merge()
    assert [finding.message for finding in report.findings] == []
    master = rows_of(cycle.settings.master)
    for goal in ("A-1", "B-1"):
        shown = {key: str(master[goal][key])[:10] for key in row}
        assert shown == {key: str(value)[:10] for key, value in {**row, **_words(row, goal)}.items()}
    form = load_workbook(cycle.settings.outbox / form_name(cycle.context.plan.by_code["A"], "201806")).worksheets[0]
    assert form["B1"].value == TITLES[name]


def test_a_blank_required_cell_is_found_by_its_own_heading(made: Mapping[str, Made], tmp_path: Path) -> None:
    cycle, row = run_round(made["county"].toml.target, tmp_path / "cycle")
    blank = {"a-1": {**row, "progress": ""}, "a-2": {**row, **_words(row, "A-2")}}
    write_form(kit.inbox(cycle, "A.xlsx"), cycle.context, cycle.settings, "A", blank)
    assert [(one.code, one.goal, one.column) for one in cycle.validate().findings] == [("R101", "A-1", "progress")]


# --- the command ------------------------------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["import-template", *map(str, words)])
    if isinstance(done.exception, CycleError):
        return 2, str(done.exception)
    return done.exit_code, done.output


def test_the_command_says_what_it_understood_and_what_comes_next(made: Mapping[str, Made], tmp_path: Path) -> None:
    target = tmp_path / "我的表.toml"
    code, output = run(made["two-levels"].form, "-o", target)
    assert code == 0
    assert "编号、类别、指标名称、年度目标值" in output
    assert "完成值 · 本月、完成值 · 累计" in output
    assert "指标名称 → 目标名称" in output, "what the plan calls it"
    assert "请确认" in output
    assert f"kpi-xlsx init DIR --template {target.as_posix()}" in output
    before = target.read_bytes()
    assert run(made["county"].form, "-o", target)[0] == 2, "what is there is never replaced"
    assert target.read_bytes() == before
    assert run(made["county"].form, "-o", tmp_path / "form.json")[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_init_takes_the_file_along_and_makes_its_columns(made: Mapping[str, Made], tmp_path: Path) -> None:
    """A path counts from where one stands; the plan gets the columns that the template takes from it."""
    template = made["county"].toml.target
    start_cycle(tmp_path / "new", Language.ZH, template=str(template))
    assert f'template = "{template.name}"' in (tmp_path / "new" / "cycle.toml").read_text("utf-8")
    assert (tmp_path / "new" / template.name).read_bytes() == template.read_bytes()
    heads = [cell.value for cell in load_workbook(tmp_path / "new" / "plan.xlsx").worksheets[0][1]]
    assert "序号" in heads
    other = tmp_path / "other"
    other.mkdir()
    (other / template.name).write_text("mine", "utf-8")
    with pytest.raises(CycleError):
        start_cycle(other, Language.ZH, template=str(template))
    assert [path.name for path in other.iterdir()] == [template.name]


# --- more layouts -----------------------------------------------------------------------------------------------------

Rows = list[list[Any]]
N = None
PROJECTS: Rows = [
    ["附件1："],
    ["2018年示例市重点项目推进情况表"],
    ["填报单位：市发改委", N, N, N, "2018年7月2日", N, "金额单位：万元"],
    ["序号", "项目名称", "总投资", "牵头单位", "1-6月完成情况", N, N, N],
    [N, N, N, N, "完成投资", "形象进度", "存在问题", N],
    [1, "示例大桥", 80000, "交通局", N, N, N, N],
    [2, "示例医院", 60000, "卫健委", N, N, N, N],
    ["说明：1、“完成投资”填年初以来累计数；2、形象进度用一句话。"],
]
UNMERGED: Rows = [
    ["序号", "目标名称", "分季度目标", N, N, N, "完成情况", N],
    [N, N, "一季度", "二季度", "三季度", "四季度", "本期", "累计"],
    ["1", "招商引资", 20, 50, 80, 100, N, N],
]
FILLED: Rows = [
    ["编号", "工作任务", "*截至6月底工作进展情况", "1月", "2月", "是否办结", "填报日期"],
    ["1", "修路", "已修 3 公里", 1, 2, "否", dt.datetime(2018, 7, 2)],
    ["2", "种树", "已完成", 1, 2, "是", dt.datetime(2018, 7, 2)],
]


@pytest.mark.parametrize(
    ("rows", "merges", "plan", "department"),
    [
        (
            PROJECTS,
            ("A2:H2", "E4:G4", *(f"{letter}4:{letter}5" for letter in "ABCD"), "A8:H8"),
            "id name column_3",
            "column_5 column_6 explanation",
        ),
        (UNMERGED, (), "id name column_3 column_4 column_5 column_6", "this_period to_date"),
        (FILLED, (), "id name column_4 column_5 column_6 column_7", "progress"),
    ],
)
def test_other_layouts(rows: Rows, merges: tuple[str, ...], plan: str, department: str, tmp_path: Path) -> None:
    done = imported(tmp_path, rows, lambda sheet: [sheet.merge_cells(area) for area in merges])
    table = done.template.main
    assert [column.key for column in table.given] == plan.split()
    assert [column.key for column in table.entry] == department.split()
    groups = {column.group for column in table.columns} - {""}
    assert groups == {id(PROJECTS): {"完成情况"}, id(UNMERGED): {"分季度目标", "完成情况"}}.get(id(rows), set())
    assert not any("6月" in column.header for column in table.columns), "headings stay the same in each period"
    if rows is PROJECTS:
        notes = ("金额单位：万元", "“完成投资”填年初以来累计数", "形象进度用一句话。")
        assert (done.template.title, done.template.notes) == ("{year}年示例市重点项目推进情况表", notes)
        assert table.by_key["column_5"].type == "number"


# --- forms that cannot be used, and what is odd about others ----------------------------------------------------------

HEAD = ["序号", "目标名称", "责任单位", "进展情况"]


def sheet_of(rows: Rows, change: Callable[[Worksheet], object] = lambda _: None) -> Workbook:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    change(sheet)
    return book


def imported(tmp_path: Path, rows: Rows, change: Callable[[Worksheet], object] = lambda _: None) -> Imported:
    sheet_of(rows, change).save(tmp_path / "form.xlsx")
    return import_template(tmp_path / "form.xlsx", tmp_path / "out.toml", Language.ZH)


def refused(tmp_path: Path, name: str, *, sheet: str = "") -> str:
    with pytest.raises(CycleError) as caught:
        import_template(tmp_path / name, tmp_path / "out.toml", Language.ZH, sheet)
    assert not (tmp_path / "out.toml").exists()
    (mistake,) = caught.value.mistakes
    return str(mistake)


def test_a_workbook_without_headings(tmp_path: Path) -> None:
    sheet_of([["通讯录"], ["张三", 13800000000], ["李四", 13900000000]]).save(tmp_path / "form.xlsx")
    assert "没有找到表头" in refused(tmp_path, "form.xlsx")
    Workbook().save(tmp_path / "blank.xlsx")
    assert "没有找到表头" in refused(tmp_path, "blank.xlsx")


def test_files_that_are_no_workbook_or_locked(tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(b"%PDF-1.4 nothing")
    assert "form.pdf" in refused(tmp_path, "form.pdf")
    (tmp_path / "cut.xlsx").write_bytes(b"PK\x03\x04 cut off")
    assert "cut.xlsx" in refused(tmp_path, "cut.xlsx")
    (tmp_path / "locked.xlsx").write_bytes(kit.encrypted())
    assert "密码" in refused(tmp_path, "locked.xlsx")


def test_a_sheet_of_300_columns(tmp_path: Path) -> None:
    sheet_of([[*HEAD, *(f"指标{number}" for number in range(296))]]).save(tmp_path / "form.xlsx")
    assert "60" in refused(tmp_path, "form.xlsx")


def test_of_several_sheets_one_is_named(tmp_path: Path) -> None:
    book = sheet_of([HEAD])
    book.create_sheet("乡镇").append(["编号", "任务名称", "完成情况"])
    book.create_sheet("说明").append(["填写说明见附件"])
    book.save(tmp_path / "form.xlsx")
    assert "--sheet" in refused(tmp_path, "form.xlsx")
    assert "乡镇" in refused(tmp_path, "form.xlsx", sheet="县区")
    assert "没有找到表头" in refused(tmp_path, "form.xlsx", sheet="说明")
    done = import_template(tmp_path / "form.xlsx", tmp_path / "out.toml", Language.ZH, "乡 镇")
    assert list(done.template.main.by_key) == ["id", "name", "progress"]


def test_macros_and_formulas_are_named(tmp_path: Path) -> None:
    rows: Rows = [["编号", "目标名称", "得分", "进展情况", "完成数"], ["1", "道路", "=1+1", None, "=2+2"]]
    sheet_of(rows).save(tmp_path / "form.xlsx")
    kit.attach(tmp_path / "form.xlsx", {"xl/vbaProject.bin": "x"}, [])
    done = import_template(tmp_path / "form.xlsx", tmp_path / "out.toml", Language.ZH)
    assert list(done.template.main.by_key) == ["id", "name", "progress", "actual"]
    assert any("得分" in words for words in done.draft.other_doubts())
    assert any("公式" in words for words in done.draft.doubts_of("actual"))
    assert any("宏" in remark for remark in done.remarks)


def test_merged_cells_beyond_all_bounds(tmp_path: Path) -> None:
    sheet_of([HEAD]).save(tmp_path / "form.xlsx")
    merged = '<mergeCells count="9">' + '<mergeCell ref="A2:KN999"/>' * 9 + "</mergeCells>"
    kit.patch(tmp_path / "form.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<pageM", f"{merged}<pageM"))
    assert "合并单元格太多" in refused(tmp_path, "form.xlsx")


def test_lists_are_looked_up_and_others_asked_for(tmp_path: Path) -> None:
    def rules(sheet: Worksheet) -> None:
        for formula, cells in (('"快,""慢"""', "C2:C9"), ("$H$1:$H$3", "D2:D9"), ("INDIRECT(A1)", "E2:E9")):
            sheet.add_data_validation(DataValidation("list", formula, sqref=cells))
        sheet.add_data_validation(DataValidation("custom", "LEN(F2)>3", sqref="F2:F9"))
        for row, word in enumerate(("甲|乙", "丙", "丙"), 1):
            sheet.cell(row, 8, word)

    head = ["编号", "目标名称", "速度", "等次", "片区", "原因说明", None, None]
    columns = imported(tmp_path, [head], rules)
    found = columns.template.main.by_key
    assert found["column_3"].choices == ("快", '"慢"')
    assert found["column_4"].choices == ("甲/乙", "丙")
    assert found["column_5"].type == "text"
    assert "INDIRECT(A1)" in "".join(columns.draft.doubts_of("column_5"))
    assert "LEN(F2)>3" in "".join(columns.draft.doubts_of("explanation"))


def test_whatever_stands_in_headings_the_definition_loads(tmp_path: Path) -> None:
    """Quotes, braces, formulas, the tool's own headings, the same heading twice, nothing to be filled in."""
    head = [
        '编"号',
        "序号",
        "目标名称",
        "{进展}",
        "=1+1",
        "自查提示",
        "备注",
        "备注",
        "类\n别",
        "status",
        "check",
        "\\",
        "<r>a & b</r>",
        "_x005F_x0041_",
    ]
    rows: Rows = [["{0}表\n'''"], head, ["1", *("x" for _ in head[1:])]]
    done = imported(tmp_path, rows, lambda sheet: setattr(sheet["E2"], "data_type", "s"))
    assert tomllib.loads(done.target.read_text("utf-8"))["title"] == "{{0}}表 '''"
    sheet = import_template(tmp_path / "form.xlsx", tmp_path / "out.xlsx", Language.ZH).target
    assert load_template(sheet) == load_template(done.target) == done.template
    found = [column.header for column in done.template.main.columns]
    assert [one for one in head if "\n" not in one and one not in ("自查提示", "check", head[-1], *found)] == []
    assert "_x0041_" in found, "as the form writes it, escaped"
    assert "备注 (2)" in found


def test_a_form_without_rows_or_with_one_column_only(tmp_path: Path) -> None:
    done = imported(tmp_path, [["编号", "目标名称"]])
    assert [column.source for column in done.template.main.columns] == ["plan", "department"]
    assert done.draft.doubts_of("name")


@pytest.mark.parametrize(
    ("language", "title", "proposed"),
    [
        ("zh", "2018年度目标完成情况", "{year}年度目标完成情况"),
        ("zh", "××局2018年第二季度工作台账", "{department}{year}年第{quarter}季度工作台账"),
        ("zh", "　　　年　　月份统计表", "{year}年{months}月份统计表"),
        ("zh", "2018年上半年情况", "{year}年1-{month}月情况"),
        ("zh", "2018年1—12月 情况", "{year}年{months}月情况"),
        ("zh", "重点工作进展情况表", "重点工作进展情况表"),
        ("en", "Q3 2025 return", "Q{quarter} {year} return"),
        ("en", "[Department] return, June 2025", "{department} return, June {year}"),
    ],
)
def test_titles(language: str, title: str, proposed: str) -> None:
    found, doubts = propose_title(title, Language(language))
    assert found == proposed
    assert doubts


@pytest.mark.parametrize(
    ("language", "text", "notes", "signature", "asked"),
    [
        ("en", "Prepared by: ____   Checked by: ____  Date: __", (), ("Prepared by:", "Checked by:", "Date:"), ""),
        ("en", "Note: 1. Use whole numbers. 2. Merge no cells.", ("Use whole numbers.", "Merge no cells."), (), ""),
        ("en", "Reporting unit: Housing", (), (), "title"),
        ("zh", "单位负责人（签字）：张三　审核人：李四", (), ("单位负责人（签字）：", "审核人："), ""),
        ("zh", "填表说明：\n1.每月5日前报送。\n2、数据要一致。", ("每月5日前报送。", "数据要一致。"), (), ""),
        ("zh", "填报单位（公章）：", (), ("填报单位（公章）：",), ""),
        ("zh", "表号：甲1表", ("表号：甲1表",), (), ""),
        ("zh", "密级：内部", (), (), ""),
        ("zh", "　年　　月　　日", (), (), ""),
    ],
)
def test_what_stands_round_the_table(
    language: str, text: str, notes: tuple[str, ...], signature: tuple[str, ...], asked: str
) -> None:
    found = Words()
    sort_text(text, found, Language(language))
    assert (tuple(found.notes), tuple(found.signature)) == (notes, signature)
    assert [doubt.place for doubt in found.doubts if doubt.place] == ([asked] if asked else [])


# --- a definition as a sheet ------------------------------------------------------------------------------------------

SHEET = {
    "模板": [
        ["key 列代号", "表头", "谁填", "类型", "必填", "选项", "选项含义", "最小", "请确认"],
        ["id", "编号", "年度目标", None, None, None, None, None, None],
        ["status", "状态", "单位", "选择", "是", "办结、在办", "已完成|on_track", None, "看一下"],
        ["reason", "原因", "department", "文字", "status=在办", None, None, None, None],
        ["amount", "金额", "单位", "数字", "否", None, None, 0, None],
    ],
    "设置": [
        ["项目", "内容"],
        ["模板名称", "我的表"],
        ["version", 2],
        ["语言", "中文"],
        ["签字栏", "填报人："],
        ["签字栏", "审核人："],
        ["纸张方向", "纵向"],
        ["severity.V104", "error"],
        ["备用行数", "3"],
        ["pace.tolerance", 2],
        ["pace.words.behind", "未达序时"],
        ["pace.alerts[1].name", "黄牌"],
        ["pace.alerts[1].fill", "FFEB9C"],
        ["pace.alerts[2].name", "红牌"],
        ["pace.alerts[2].fill", "999999"],
    ],
}


def written(tmp_path: Path, changes: Mapping[tuple[str, str], Any]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in SHEET.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for (name, cell), value in changes.items():
        book[name][cell] = value
    book.save(tmp_path / "我的表.xlsx")
    return tmp_path / "我的表.xlsx"


def test_a_definition_typed_into_a_workbook(tmp_path: Path) -> None:
    template = load_template(written(tmp_path, {}))
    assert (template.id, template.language, template.signature) == ("我的表@2", "zh", ("填报人：", "审核人："))
    assert (template.print.orientation, template.main.spare_rows, template.severity["V104"]) == ("portrait", 3, "error")
    assert template.pace.tolerance == 2
    assert [alert.name for alert in template.pace.alerts or ()] == ["黄牌", "红牌"]
    status, reason, amount = (template.main.by_key[key] for key in ("status", "reason", "amount"))
    assert (status.required, status.choices, status.means[1]) == (True, ("办结", "在办"), "on_track")
    assert (str(reason.required_when), amount.required, amount.min) == ("status=在办", False, 0)


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "place", "word"),
    [
        ("模板", "C3", "县里", "模板!C3", "department"),
        ("模板", "F3", None, "模板!F3", "选项"),
        ("模板", "E4", "status=办完", "模板!E4", "办完"),
        ("模板", "H5", "多", "模板!H5", "数字"),
        ("模板", "A5", "reason", "模板!A5", "重复"),
        ("模板", "A5", None, "模板!A5", "缺少"),
        ("模板", "D1", "种类", "模板!", "没有“种类”这个键"),
        ("设置", "A8", "severty.V104", "severty", "severity"),
        ("设置", "B7", "斜着", "设置!B7", "landscape"),
        ("设置", "B9", "许多", "设置!B9", "整数"),
        ("设置", "A6", "语言", "设置!B6", "两次"),
        ("设置", "B13", "黄", "设置!B13", "颜色"),
        ("模板", "D1", "表头", "模板!D1", "两次"),
        ("模板", "A400", "far", "模板!400", "300"),
        ("设置", "A13", f"pace.alerts[{'9' * 5000}].fill", "设置!B13", "没有"),
    ],
)
def test_a_mistake_is_named_by_its_cell(
    sheet: str, cell: str, value: object, place: str, word: str, tmp_path: Path
) -> None:
    path = written(tmp_path, {(sheet, cell): value})
    with pytest.raises(Exception, match="我的表") as caught:
        load_template(path)
    lines = [line for line in str(caught.value).splitlines() if place in line and word in line]
    assert lines, str(caught.value)


def test_a_workbook_that_is_no_definition(tmp_path: Path) -> None:
    sheet_of([HEAD]).save(tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"no workbook")
    for name, words in (("x", "A sheet “template” is needed"), ("y", "cannot be opened"), ("z", "no such file")):
        with pytest.raises(TemplateError, match=f"{name}.xlsx: .*{words}"):
            load_template(tmp_path / f"{name}.xlsx")


@pytest.mark.ooxml
def test_the_validator_finds_nothing(made: Mapping[str, Made]) -> None:
    assert [validate(one.sheet.target) for one in made.values()] == [[], [], []]


# --- as LibreOffice saves them ----------------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("name", FORMS)
def test_forms_saved_by_libreoffice(name: str, made: Mapping[str, Made], office: Office, tmp_path: Path) -> None:
    """Saved as .xlsx all is there; of .ods and .xls the cells, and it is said that there was more.

    The definition may be saved there as well.
    """
    one = made[name]
    with office.open(one.sheet.target) as book:
        book.do("save_as", tmp_path / "definition.xlsx")
    assert load_template(tmp_path / "definition.xlsx") == one.toml.template
    for tail in (".xlsx", ".ods", ".xls"):
        path = tmp_path / f"saved{tail}"
        with office.open(one.form) as book:
            book.do("save_as", path)
        done = import_template(path, tmp_path / f"out{tail}.toml", Language.ZH)
        if tail == ".xlsx":
            same = {c.key: replace(c, width=0) for c in done.template.main.columns}
            assert same == {c.key: replace(c, width=0) for c in one.columns.values()}
            last, was = (each.template.main.columns[-1].width for each in (done, one.toml))
            assert 0.8 < last / was < 1.25, "LibreOffice measures widths by a font of its own"
        else:
            widths = {column.width for column in done.template.main.columns}
            assert (len(widths) > 3) is (tail == ".xls")
            assert [c.header for c in done.template.main.given] == headings(one, "plan")
            assert done.remarks
