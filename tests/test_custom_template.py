"""A definition of the user's own: whatever it declares is followed by form, reader, checks, master and frame."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import commands
import pytest
from office import Office
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from test_plan import write_book

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import Answers, form_name, write_form
from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.layout import SHEETS
from kpi_xlsx.model import Language, PlanError, Scalar
from kpi_xlsx.report import Report

REGIONS = tuple(f"第{number:02}片区，含周边社区和行政村" for number in range(1, 31))
SCOPES = ("全部完成，无遗留", "完成, 有遗留", "未完成")
DEFINITION = f"""
name = "key-tasks"
version = 3
language = "zh"
title = "{{department}}{{year}}年{{months}}月重点工作"
notes = ["只填黄格。"]
signature = ["审核人："]
spare_rows = 2

[[columns]]
key = "id"
header = "编号"
source = "plan"

[[columns]]
key = "name"
header = "目标名称"
source = "plan"

[[columns]]
key = "owner"
header = "责任人"
source = "plan"

[[columns]]
key = "weight"
header = "权重"
source = "plan"
type = "number"

[[columns]]
key = "progress"
header = "进展情况"
source = "department"
required = true
help = "写清做了什么。"

[[columns]]
key = "this_month"
header = "本月"
group = "完成值"
source = "department"
type = "number"
min = 0
max = 1000
help = "本月完成多少。"

[[columns]]
key = "so_far"
header = "累计"
group = "完成值"
source = "department"
type = "number"

[[columns]]
key = "region"
header = "片区"
source = "department"
type = "choice"
choices = {json.dumps(REGIONS, ensure_ascii=False)}

[[columns]]
key = "scope"
header = "范围"
source = "department"
type = "choice"
choices = {json.dumps(SCOPES, ensure_ascii=False)}

[[columns]]
key = "pace"
header = "进度"
source = "department"
type = "choice"
choices = ["快", "慢"]

[[columns]]
key = "next_step"
header = "下步措施"
source = "department"
required = true
help = "下个月做什么。"

[[columns]]
key = "verdict"
header = "核实情况"
group = "考评办"
source = "office"

[[columns]]
key = "marks"
header = "得分"
group = "考评办"
source = "office"
type = "number"
"""
SETTINGS = 'period = "2018-01/2018-06"\ntemplate = "own.toml"\nreturn_by = 2018-07-05T17:30:00+08:00\nseal_key = "5e"\n'
PLAN = {
    "考核目标": """
    | 编号 | 责任单位 | 目标名称 | 责任人 | 权重 | 内部备注 |
    | A-1  | 甲局     | 道路     | 王某   | 12.5 | 保密     |
    | A-2  | 甲局     | 学校     | 李某   | 8    |          |
    | B-1  | 乙局     | 树木     |        | 5    |          |
    """,
    "部门": """
    | 代码 | 名称 |
    | A    | 甲局 |
    | B    | 乙局 |
    """,
}
GOOD: Mapping[str, Scalar] = {
    "progress": "路基已全部完成，正在铺设路面。",
    "this_month": 12.5,
    "so_far": 60,
    "region": REGIONS[-1],
    "scope": SCOPES[1],
    "pace": "快",
    "next_step": "七月底前铺完路面。",
}
SPARE: Mapping[str, Scalar] = {
    "name": "临时任务",
    "owner": "赵某",
    "weight": 3,
    "progress": "已经开工。",
    "next_step": "八月验收。",
}
OTHERS = {**GOOD, "progress": f"乙局：{GOOD['progress']}"}
"""What another department says, in words of its own."""
ANSWERS: Answers = {"a-1": GOOD, "a-2": {**GOOD, "scope": SCOPES[0]}, "新增1": SPARE}


# --- a cycle, a form, a sheet -----------------------------------------------------------------------------------------


def make_cycle(folder: Path, plan: Mapping[str, str] = PLAN, definition: str = DEFINITION) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cycle.toml").write_text(SETTINGS, "utf-8")
    (folder / "own.toml").write_text(definition, "utf-8")
    write_book(folder / "plan.xlsx", plan)
    return folder


def form_path(cycle: Cycle, code: str) -> Path:
    return cycle.settings.outbox / form_name(cycle.context.plan.by_code[code], cycle.context.period.stamp)


def send_back(cycle: Cycle, code: str, answers: Answers) -> Path:
    """A department's form in the inbox, filled in."""
    path = cycle.settings.inbox / f"{code}.xlsx"
    path.parent.mkdir(exist_ok=True)
    write_form(path, cycle.context, cycle.settings, code, answers)
    return path


@dataclass(frozen=True)
class Grid:
    """A form's or the master's sheet as a person sees it, its cells by row and column key."""

    sheet: Worksheet
    columns: Mapping[str, int]
    head: int

    @classmethod
    def of(cls, path: Path) -> Grid:
        """The columns by their hidden keys; the heading is the next row that is not a line of groups."""
        sheet = load_workbook(path).worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            keys = {str(text)[1:]: place for place, text in enumerate(cells, 1) if str(text or "").startswith("#")}
            if "id" in keys:
                return cls(sheet, keys, number + 2)
        raise AssertionError("no hidden row of keys")

    def cell(self, row: int, key: str) -> Cell:
        cell = self.sheet.cell(row, self.columns[key])
        assert isinstance(cell, Cell)
        return cell

    def row(self, goal: str) -> int:
        rows = range(self.head + 1, self.sheet.max_row + 1)
        return next(row for row in rows if self.cell(row, "id").value == goal)

    def values(self, goal: str) -> dict[str, Any]:
        return {key: self.cell(self.row(goal), key).value for key in self.columns}

    def headings(self) -> dict[str, Any]:
        return {key: self.cell(self.head, key).value for key in self.columns}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    cycle = Cycle.load(make_cycle(tmp_path_factory.mktemp("own")))
    cycle.generate()
    return cycle


@pytest.fixture(scope="module")
def form(generated: Cycle) -> Grid:
    return Grid.of(form_path(generated, "A"))


@pytest.fixture
def cycle(generated: Cycle, tmp_path: Path) -> Cycle:
    """A copy of the cycle to do anything with."""
    shutil.copytree(generated.settings.folder, tmp_path / "own")
    return Cycle.load(tmp_path / "own")


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_form_has_the_columns_of_the_definition_in_their_order(form: Grid) -> None:
    assert form.headings() == {
        "id": "编号",
        "name": "目标名称",
        "owner": "责任人",
        "weight": "权重",
        "progress": "*进展情况",
        "this_month": "本月",
        "so_far": "累计",
        "region": "片区",
        "scope": "范围",
        "pace": "进度",
        "next_step": "*下步措施",
        "check": "自查提示",
    }
    assert list(form.columns.values()) == list(range(2, 14))


def test_a_group_stands_above_its_columns_in_one_cell(form: Grid) -> None:
    above = {key: form.sheet.cell(form.head - 1, place) for key, place in form.columns.items()}
    assert {key: cell.value for key, cell in above.items() if cell.value} == {"this_month": "完成值"}
    assert f"{above['this_month'].coordinate}:{above['so_far'].coordinate}" in form.sheet.merged_cells


def test_given_cells_are_those_of_the_plan(form: Grid) -> None:
    given = [[form.values(goal)[key] for key in ("name", "owner", "weight")] for goal in ("A-1", "A-2")]
    assert given == [["道路", "王某", 12.5], ["学校", "李某", 8]]
    assert "内部备注" not in form.headings().values()


def rule(form: Grid, key: str) -> DataValidation:
    """The validation of a column's first row, which must be that of its last row too."""
    first, last = (form.cell(form.row(goal), key).coordinate for goal in ("A-1", "新增2"))
    rules: list[DataValidation] = form.sheet.data_validations.dataValidation
    (found,) = [one for one in rules if first in one.sqref]
    assert last in found.sqref
    return found


@pytest.mark.parametrize(
    ("key", "help_text"),
    [("progress", "写清做了什么。"), ("this_month", "本月完成多少。"), ("next_step", "下个月做什么。")],
)
def test_help_is_shown_at_the_cell(form: Grid, key: str, help_text: str) -> None:
    found = rule(form, key)
    assert (found.promptTitle, found.prompt) == (form.headings()[key].lstrip("*"), help_text)


def test_numbers_are_held_within_their_bounds(form: Grid) -> None:
    found = rule(form, "this_month")
    assert (found.type, found.operator, found.formula1, found.formula2) == ("decimal", None, "0", "1000")


def test_a_short_list_stands_in_the_validation(form: Grid) -> None:
    found = rule(form, "pace")
    assert (found.type, found.formula1) == ("list", '"快,慢"')


@pytest.mark.parametrize(("key", "choices"), [("region", REGIONS), ("scope", SCOPES)])
def test_a_long_list_and_one_with_commas_stand_on_the_hidden_sheet(
    form: Grid, key: str, choices: tuple[str, ...]
) -> None:
    assert len(",".join(REGIONS)) > 255
    found = rule(form, key)
    sheet, _, cells = str(found.formula1).partition("!")
    assert (found.type, sheet) == ("list", HIDDEN_SHEET)
    book = form.sheet.parent
    assert book is not None
    assert book[sheet].sheet_state == "veryHidden"
    assert tuple(cell.value for (cell,) in book[sheet][cells.replace("$", "")]) == choices


def test_spare_rows_are_open_but_for_their_name(form: Grid) -> None:
    for goal in ("新增1", "新增2"):
        row = form.row(goal)
        locked = {key for key in form.columns if form.cell(row, key).protection.locked}
        assert locked == {"id", "check"}
    assert {key for key in form.columns if not form.cell(form.row("A-1"), key).protection.locked} == {
        *("progress", "this_month", "so_far", "region", "scope", "pace", "next_step")
    }


def test_the_sheet_of_instructions_follows_the_definition(form: Grid) -> None:
    book = form.sheet.parent
    assert book is not None
    shown = {row[0]: row[1:] for row in book["说明"].iter_rows(values_only=True)}
    assert shown["下步措施"] == ("文字", "必填", None, "下个月做什么。")
    assert shown["完成值 · 本月"] == ("数字", "选填", "不小于 0；不大于 1000", "本月完成多少。")


def test_the_check_column_names_what_is_missing(cycle: Cycle) -> None:
    answers: Answers = {"a-1": {"progress": "已经开工。"}, "a-2": GOOD, "新增2": {"name": "临时任务"}}
    path = send_back(cycle, "A", answers)
    sheet = load_workbook(path, data_only=True).worksheets[0]
    form = Grid.of(path)
    shown = {goal: sheet[form.cell(form.row(goal), "check").coordinate].value for goal in ("A-1", "A-2", "新增2")}
    assert shown == {"A-1": "缺下步措施；", "A-2": "√", "新增2": "缺进展情况；缺下步措施；"}
    assert sheet[form.cell(form.row("新增1"), "check").coordinate].value in (None, "")


def formulas(path: Path) -> tuple[list[str], list[str]]:
    """The formulas of a form's cells, and those of its conditional formats."""
    sheet = load_workbook(path).worksheets[0]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return cells, [text for one in sheet.conditional_formatting for rule in one.rules for text in rule.formula]


@pytest.mark.parametrize("regions", [REGIONS, [f"{text}和企业园区{number}" for text in REGIONS for number in range(5)]])
def test_formulas_stay_within_what_excel_takes(tmp_path: Path, regions: Sequence[str]) -> None:
    before, after = (json.dumps(choices, ensure_ascii=False) for choices in (REGIONS, [*regions, "长" * 300]))
    cycle = Cycle.load(make_cycle(tmp_path / "own", definition=DEFINITION.replace(before, after)))
    cells, conditions = formulas(cycle.generate(["A"])[0])
    assert max(map(len, cells)) <= 8192
    assert all(len(text) <= 255 for formula in [*cells, *conditions] for text in re.findall('"([^"]*)"', formula))
    # An array constant is not allowed there: Excel leaves out the whole conditional format.
    assert not any("{" in formula for formula in conditions)


# --- what came back ---------------------------------------------------------------------------------------------------


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line as a person runs it."""
    return commands.run(*words, language=Language.ZH, strict=True)


def test_a_required_cell_left_empty_is_found_at_its_place(cycle: Cycle) -> None:
    without = {key: value for key, value in GOOD.items() if key != "next_step"}
    path = send_back(cycle, "A", {"a-1": GOOD, "a-2": without, "新增1": {"name": "临时任务", "progress": "已经开工。"}})
    send_back(cycle, "B", {"b-1": OTHERS})
    form = Grid.of(path)
    done = run("validate", "-C", str(cycle.settings.folder), "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)["findings"]
    assert [(one["code"], one["goal"], one["column"], one["sheet"], one["cell"]) for one in found] == [
        ("R101", goal, "next_step", "填报", form.cell(form.row(goal), "next_step").coordinate)
        for goal in ("A-2", "新增1")
    ]


@pytest.fixture
def reported(cycle: Cycle) -> Cycle:
    """Both departments have sent all that is asked for."""
    send_back(cycle, "A", ANSWERS)
    send_back(cycle, "B", {"b-1": OTHERS})
    return cycle


def test_a_complete_round_has_no_findings(reported: Cycle) -> None:
    report = reported.validate()
    assert (list(report.findings), report.exit_code) == ([], 0)


def test_what_does_not_fit_the_definition_is_found(cycle: Cycle) -> None:
    wrong = {**GOOD, "this_month": 1000.5, "region": "第31片区", "so_far": "约六十"}
    send_back(cycle, "A", {"a-1": wrong, "a-2": GOOD})
    send_back(cycle, "B", {"b-1": OTHERS})
    found = [(one.code, one.goal, one.column) for one in cycle.validate().findings]
    assert found == [("V103", "A-1", "this_month"), ("V101", "A-1", "so_far"), ("V102", "A-1", "region")]


# --- the master -------------------------------------------------------------------------------------------------------


def merge(cycle: Cycle) -> tuple[Report, Grid]:
    return cycle.merge(), Grid.of(cycle.settings.master)


def test_the_master_has_every_column_and_answer(reported: Cycle) -> None:
    report, master = merge(reported)
    assert report.exit_code == 0
    names = {**master.headings()}
    shown = (
        "责任单位",
        "编号",
        "目标名称",
        "责任人",
        "权重",
        "进展情况",
        "本月",
        "累计",
        "片区",
        "范围",
        "进度",
        "下步措施",
    )
    assert list(names.values())[: len(shown)] == list(shown)
    assert {"核实情况", "得分", "内部备注"} <= set(names.values())
    first = master.values("A-1")
    assert {key: first[key] for key in GOOD} == GOOD
    assert (first["department"], first["owner"], first["weight"]) == ("甲局", "王某", 12.5)
    assert master.values("A-2")["scope"] == SCOPES[0]
    assert (master.values("B-1")["owner"], master.values("B-1")["weight"]) == (None, 5)
    assert [key for key, value in first.items() if value == "保密"] == ["extra0"]


def test_a_spare_row_stands_in_the_master_with_all_that_was_typed(reported: Cycle) -> None:
    _, master = merge(reported)
    row = master.values("新增1")
    assert {key: row[key] for key in SPARE} == SPARE
    assert row["department"] == "甲局"
    ids = [master.cell(number, "id").value for number in range(master.head + 1, master.sheet.max_row + 1)]
    assert ids == ["A-1", "A-2", "新增1", "B-1"]


def test_the_master_has_the_groups_above_its_headings(reported: Cycle) -> None:
    _, master = merge(reported)
    above = {key: master.sheet.cell(master.head - 1, place) for key, place in master.columns.items()}
    assert {key: cell.value for key, cell in above.items() if cell.value} == {
        "this_month": "完成值",
        "verdict": "考评办",
    }
    for first, last in (("this_month", "so_far"), ("verdict", "marks")):
        assert f"{above[first].coordinate}:{above[last].coordinate}" in master.sheet.merged_cells


def test_the_frame_has_the_columns_of_the_definition(reported: Cycle) -> None:
    frame = reported.validate().to_frame("entries")
    assert list(frame.columns) == [
        *("department", "id", "name", "owner", "weight", "progress", "this_month", "so_far", "region", "scope", "pace"),
        *("next_step", "file", "sheet", "row", "sha256", "received", "pending", "carried"),
    ]
    rows = frame.set_index("id")
    assert list(rows.index) == ["A-1", "A-2", "新增1", "B-1"]
    assert list(rows["weight"]) == [12.5, 8, 3, 5]
    assert rows.loc["新增1", "owner"] == "赵某"
    assert frame["this_month"].dtype == "float64"
    assert frame["this_month"].sum() == 37.5


# --- the office's own columns -----------------------------------------------------------------------------------------


def write_down(cycle: Cycle, goal: str, **cells: Scalar) -> None:
    """What the office types into its columns of the master."""
    master = Grid.of(cycle.settings.master)
    for key, value in cells.items():
        master.cell(master.row(goal), key).value = value
    book = master.sheet.parent
    assert book is not None
    book.save(cycle.settings.master)


def test_what_the_office_typed_survives_every_merge(reported: Cycle) -> None:
    merge(reported)
    write_down(reported, "A-1", verdict="已到现场核实", marks=9.5)
    write_down(reported, "新增1", verdict="同意增列")
    typed = reported.settings.master.read_bytes()
    for _ in range(2):
        _, master = merge(reported)
        assert (master.values("A-1")["verdict"], master.values("A-1")["marks"]) == ("已到现场核实", 9.5)
        assert master.values("新增1")["verdict"] == "同意增列"
        assert master.values("A-2")["verdict"] is None
        (kept,) = reported.settings.history.iterdir()
        assert kept.read_bytes() == typed


def test_a_new_return_changes_the_answers_and_not_what_the_office_typed(reported: Cycle) -> None:
    merge(reported)
    write_down(reported, "A-1", verdict="已核实")
    send_back(reported, "A", {**ANSWERS, "a-1": {**GOOD, "so_far": 72}})
    _, master = merge(reported)
    assert (master.values("A-1")["so_far"], master.values("A-1")["verdict"]) == (72, "已核实")


# --- definition and plan together -------------------------------------------------------------------------------------


def test_a_plan_column_that_the_plan_lacks_is_a_mistake(tmp_path: Path) -> None:
    without = {**PLAN, "考核目标": PLAN["考核目标"].replace("责任人", "经办人")}
    folder = make_cycle(tmp_path / "own", without)
    done = run("generate", "-C", str(folder))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("own.toml: columns[owner]: ")
    assert "责任人" in line
    assert not (folder / "outbox").exists()


def test_a_known_column_may_be_missing_from_the_plan(tmp_path: Path) -> None:
    folder = make_cycle(tmp_path / "own", {**PLAN, "考核目标": PLAN["考核目标"].replace("权重", "比重")})
    cycle = Cycle.load(folder)
    (path, _) = cycle.generate()
    assert Grid.of(path).values("A-1")["weight"] is None


@pytest.mark.parametrize("goal", ["新增1", "新 增 ２"])
def test_an_id_that_is_kept_for_spare_rows_is_a_mistake(tmp_path: Path, goal: str) -> None:
    folder = make_cycle(tmp_path / "own", {**PLAN, "考核目标": PLAN["考核目标"].replace("B-1", goal)})
    with pytest.raises(PlanError) as caught:
        Cycle.load(folder)
    (found,) = caught.value.mistakes
    assert (found.file, goal in found.words) == ("plan.xlsx", True)


def test_a_changed_definition_is_noticed_in_forms_of_the_old_one(reported: Cycle) -> None:
    definition = DEFINITION.replace("version = 3", "version = 4").replace('key = "pace"', 'key = "tempo"')
    (reported.settings.folder / "own.toml").write_text(definition, "utf-8")
    report = Cycle.load(reported.settings.folder).validate()
    codes = {(one.code, one.department) for one in report.findings}
    assert {("I104", "A"), ("I104", "B")} <= codes
    assert {row.entry.value("next_step") for row in report.entries if row.entry is not None} == {
        GOOD["next_step"],
        SPARE["next_step"],
    }


# --- in a real office program -----------------------------------------------------------------------------------------


@pytest.mark.office
def test_long_lists_and_two_headings_work_in_libreoffice(tmp_path: Path, office: Office) -> None:
    """The Check column looks choices up on the hidden sheet; what the program wrote as its value is what comes out."""
    cycle = Cycle.load(make_cycle(tmp_path / "own"))
    (form,) = cycle.generate(["A"])
    grid = Grid.of(form)
    sheet = SHEETS[Language.ZH][0]
    region, check = (grid.cell(grid.row("A-1"), key).coordinate for key in ("region", "check"))
    with office.open(form) as book:
        book.do("type", sheet, region, "没有这个地方")
        wrong = book.get(sheet, check).text
        book.do("type", sheet, region, REGIONS[0])
        right = book.get(sheet, check).text
    header = cycle.context.template.main.by_key["region"].header
    assert f"{header}不在选项中；" in wrong
    assert f"{header}不在选项中；" not in right
