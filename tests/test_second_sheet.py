"""The second sheet of a form: targets of goals that have several, written, filled in, damaged and read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit as year
from office import Office
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.intake import Arrival
from kpi_xlsx.layout import SHEETS
from kpi_xlsx.limits import DEFAULT_LIMITS
from kpi_xlsx.model import Entry, Language, Return, ReturnStatus, Scalar
from kpi_xlsx.outbox import find_departments
from kpi_xlsx.past import NO_PAST
from kpi_xlsx.returns import read_returns
from kpi_xlsx.supplements import find_needs
from kpi_xlsx.target_table import SHEET_NAMES, rows_of

ZH, EN = Language.ZH, Language.EN
SHEET = SHEET_NAMES[ZH]
Cycles = Mapping[Language, Cycle]
Filled = Mapping[Language, Path]
Damage = Callable[[Worksheet, kit.Marks], object]


@pytest.fixture(scope="module")
def cycles(tmp_path_factory: pytest.TempPathFactory) -> Cycles:
    """A cycle in each language in which goal 2 has three targets; nothing is changed in these."""
    home = tmp_path_factory.mktemp("targets")
    return {one: kit.list_targets(kit.make_cycle(home / one, one)) for one in Language}


@pytest.fixture(scope="module")
def forms(cycles: Cycles, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A's form of each, well filled in."""
    home = tmp_path_factory.mktemp("forms")
    return {one: fill(cycle, home / f"{one}.xlsx") for one, cycle in cycles.items()}


def fill(cycle: Cycle, path: Path, **changes: Scalar | None) -> Path:
    """A's form, well filled in but for `changes` of the targets: total1 is that of the first."""
    told = {f"{key[-1]}.{key[:-1]}": value for key, value in changes.items()}
    return kit.fill(cycle, "A", path, {"2": {**kit.target_answers(cycle), **told}})


def read(cycle: Cycle, path: Path) -> Return:
    (found,) = read_returns(Arrival(path.name, path), cycle.context)
    return found


def entry(ret: Return, goal: str = "2") -> Entry:
    return next(one for one in ret.entries if one.goal == goal)


def told(ret: Return) -> dict[str, Scalar | None]:
    """What a return says of goal 2's targets."""
    return {key: answer.value for key, answer in entry(ret).answers.items() if "." in key}


def codes(ret: Return) -> set[str]:
    return {note.code for note in ret.notes}


@contextmanager
def copy_of(form: Path, folder: Path, *, sheet: int = 1) -> Iterator[tuple[Path, Worksheet, kit.Marks]]:
    """A copy of a form, with its second sheet to be changed."""
    path = folder / "A.xlsx"
    book = load_workbook(form)
    page = book.worksheets[sheet]
    yield path, page, kit.Marks.of(page)
    book.save(path)
    book.close()


# --- written and read back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
def test_what_is_written_is_what_is_read(language: Language, cycles: Cycles, forms: Filled) -> None:
    cycle = cycles[language]
    ret = read(cycle, forms[language])
    assert told(ret) == kit.target_answers(cycle)
    assert ret.notes == ()
    assert entry(ret).places["2.total"] == f"{SHEET_NAMES[language]}!I7"
    assert entry(ret).span.count("!") == 0


def test_the_first_sheet_comes_first_and_both_are_protected(forms: Filled) -> None:
    book = load_workbook(forms[ZH])
    assert book.sheetnames == [SHEETS[ZH][0], SHEET, SHEETS[ZH][1], HIDDEN_SHEET]
    assert book.active == book.worksheets[0]
    page = book.worksheets[1]
    marks = kit.Marks.of(page)
    given, open_ = (page.cell(marks.rows["2#1"], marks.columns[f"target.{key}"]) for key in ("value", "total"))
    assert page.protection.sheet
    assert (given.value, given.protection.locked, open_.protection.locked) == (">=15", True, False)
    states = [one for one in page.data_validations.dataValidation if one.type == "list" and "M6" in str(one.sqref)]
    assert [one.formula1 for one in states] == [
        '"已完成,正常推进,滞后,未到节点,未启动,数据待发布,申请调整"',
    ]


def test_the_check_column_asks_for_figures_or_for_the_state(cycles: Cycles, tmp_path: Path) -> None:
    waived = cycles[ZH].context.template.main.by_key["status"].choices[5]
    path = fill(cycles[ZH], tmp_path / "A.xlsx", total1=None, total2=None, state2=waived, state3=None)
    page = load_workbook(path, data_only=True).worksheets[1]
    marks = kit.Marks.of(page)
    said = [page.cell(marks.rows[f"2#{number}"], marks.columns["check"]).value for number in (1, 2, 3)]
    assert said == ["缺累计；", "√", "缺指标状态；"]
    counter = next(str(cell.value) for row in page.iter_rows() for cell in row if "填报进度" in str(cell.value))
    assert "已填齐 1 项／共 3 项" in counter


def test_who_has_no_such_goal_has_one_sheet(cycles: Cycles, tmp_path: Path) -> None:
    path = kit.fill(cycles[ZH], "B", tmp_path / "B.xlsx")
    assert SHEET not in load_workbook(path).sheetnames
    assert "S116" not in codes(read(cycles[ZH], path))


def test_a_figure_is_read_in_the_unit_of_its_row(cycles: Cycles, tmp_path: Path) -> None:
    path = fill(cycles[ZH], tmp_path / "A.xlsx", total1="9 所", total2="17500万元", last_year2="3 所")
    ret = read(cycles[ZH], path)
    assert (told(ret)["1.total"], told(ret)["2.total"], told(ret)["2.last_year"]) == (9, 1.75, None)
    assert entry(ret).answers["2.last_year"].fault == "V101"


# --- damaged ----------------------------------------------------------------------------------------------------------


def sort_backwards(page: Worksheet, marks: kit.Marks) -> None:
    """The visible columns sorted; the hidden marks stay where they were."""
    rows = sorted(marks.rows.values())
    values = [[page.cell(row, column).value for column in marks.ends()] for row in rows]
    for row, cells in zip(rows, reversed(values), strict=True):
        for column, value in zip(marks.ends(), cells, strict=True):
            page.cell(row, column).value = value


def drop_marks(page: Worksheet, marks: kit.Marks) -> None:
    """Every hidden and printed mark of the sheet, so that only headings and numbers are left."""
    for area in list(page.merged_cells.ranges):
        page.unmerge_cells(area.coord)
    for row in range(1, max(marks.rows.values()) + 1):
        for column in range(1, page.max_column + 1):
            if column == 1 or row < marks.head:
                page.cell(row, column).value = None


def show_as_percent(page: Worksheet, marks: kit.Marks) -> None:
    cell = page.cell(marks.rows["2#1"], marks.columns["target.current"])
    cell.value, cell.number_format = 0.068, "0.0%"


def move_first(page: Worksheet, _: kit.Marks) -> None:
    assert page.parent is not None
    page.parent.move_sheet(page, -1)


def rename(page: Worksheet, _: kit.Marks) -> None:
    page.title = "Sheet2"


def insert_row(page: Worksheet, marks: kit.Marks) -> None:
    page.insert_rows(marks.rows["2#2"])


DAMAGES: Mapping[str, tuple[Damage, set[str]]] = {
    "renamed": (rename, set()),
    "moved to the front": (move_first, set()),
    "a row inserted": (insert_row, set()),
    "sorted": (sort_backwards, {"I106"}),
    "without its marks": (drop_marks, set()),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_loses_no_answer(what: str, cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    damage, notes = DAMAGES[what]
    with copy_of(forms[ZH], tmp_path) as (path, page, marks):
        damage(page, marks)
    ret = read(cycles[ZH], path)
    assert told(ret) == kit.target_answers(cycles[ZH])
    assert codes(ret) == notes
    assert ret.current


def test_a_percent_in_a_row_of_another_unit_is_no_figure(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    with copy_of(forms[ZH], tmp_path) as (path, page, marks):
        show_as_percent(page, marks)
    answer = entry(read(cycles[ZH], path)).answers["1.current"]
    assert (answer.raw, answer.value, answer.fault) == ("6.8%", None, "V101")


def test_a_row_that_is_gone_or_changed_is_told_of_its_goal(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    with copy_of(forms[ZH], tmp_path) as (path, page, marks):
        page.cell(marks.rows["2#1"], marks.columns["target.value"]).value = ">=5"
        page.delete_rows(marks.rows["2#2"])
    notes = {note.code: note for note in read(cycles[ZH], path).notes}
    assert notes.keys() == {"S102", "S107"}
    assert (notes["S107"].goal, notes["S107"].column, notes["S107"].cell) == ("2", "1.value", f"{SHEET}!E6")
    assert (notes["S102"].goal, notes["S102"].words["what"]) == ("2", f"{SHEET}：投资")


def test_a_missing_sheet_is_said_and_the_rest_counts(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    with copy_of(forms[ZH], tmp_path) as (path, page, _):
        assert page.parent is not None
        page.parent.remove(page)
    ret = read(cycles[ZH], path)
    assert [(note.code, note.words["what"]) for note in ret.notes] == [("S116", SHEET)]
    assert entry(ret).answers.keys() == {"progress", "status", "actual", "data_as_of"}


def test_another_months_sheet_is_a_missing_one(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    before = kit.list_targets(kit.make_cycle(tmp_path / "before", ZH, period="2018-01/2018-05"))
    old = load_workbook(fill(before, tmp_path / "old.xlsx")).worksheets[1]
    with copy_of(forms[ZH], tmp_path) as (path, page, _):
        page["A1"].value = old["A1"].value
    ret = read(cycles[ZH], path)
    assert codes(ret) == {"S116"}
    assert told(ret) == {}


def test_the_second_sheet_alone_tells_nothing(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    page = load_workbook(forms[ZH]).worksheets[1]
    alone = Workbook()
    for values in page.iter_rows(values_only=True):
        alone.worksheets[0].append(values)
    alone.save(tmp_path / "A.xlsx")
    ret = read(cycles[ZH], tmp_path / "A.xlsx")
    assert (ret.status, ret.department, ret.entries) == (ReturnStatus.QUARANTINED, "A", ())
    assert [(note.code, note.words["what"]) for note in ret.notes] == [("S116", "填报")]


def test_what_no_goal_takes_is_kept(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    with copy_of(forms[ZH], tmp_path, sheet=0) as (path, page, marks):
        page.delete_rows(marks.rows["2"])
    ret = read(cycles[ZH], path)
    assert codes(ret) == {"S102"}
    assert f"{SHEET}!I7" in {one.cell for one in ret.leftovers}


# --- what counts ------------------------------------------------------------------------------------------------------


def test_targets_alone_make_a_row_answered_and_blank_ones_erase_nothing(cycles: Cycles, tmp_path: Path) -> None:
    cycle = cycles[EN]
    blank = dict.fromkeys(kit.target_answers(cycle))
    only = kit.fill(cycle, "A", tmp_path / "1.xlsx", {"2": {**kit.blank_row(cycle), "1.total": 9}})
    assert entry(read(cycle, only)).answered
    assert "S108" not in codes(read(cycle, only))
    rest = kit.fill(cycle, "A", tmp_path / "2.xlsx", {"2": {**kit.blank_row(cycle), **blank}})
    assert not entry(read(cycle, rest)).answered


def test_a_changed_target_makes_the_form_old(cycles: Cycles, forms: Filled, tmp_path: Path) -> None:
    cycle = kit.copy_cycle(cycles[ZH], tmp_path / "cycle")
    cycle.generate(["A"])
    now = kit.list_targets(cycle, least=">=18")
    ret = read(now, forms[ZH])
    assert (ret.current, ret.changed, codes(ret)) == (False, ("2",), {"I105"})
    departments = find_departments(now.context, ["A"])
    needs = find_needs(now.context, NO_PAST, departments, now.settings.outbox, named=True)
    assert [order.only for order in needs.orders] == [{"2"}]


@pytest.mark.parametrize("goals", [("2", "3"), ("1",)], ids=" ".join)
def test_a_form_with_some_goals_has_their_targets(goals: tuple[str, ...], cycles: Cycles, tmp_path: Path) -> None:
    cycle = cycles[ZH]
    answers = {"2": {key: value for key, value in kit.target_answers(cycle).items() if value is not None}}
    path = tmp_path / "A.xlsx"
    write_form(path, cycle.context, cycle.settings, "A", answers, signed=kit.signed(cycle), only=goals)
    assert (SHEET in load_workbook(path).sheetnames) == ("2" in goals)
    ret = read(cycle, path)
    assert ret.part == set(goals)
    assert ret.current
    if "2" in goals:
        assert told(ret) == kit.target_answers(cycle)
        assert codes(ret) == set()


def test_own_headings_like_those_of_the_second_table_do_no_harm(tmp_path: Path) -> None:
    """An office's first table may have the second one's headings; the hidden keys tell them apart, else the fit."""
    headings = ("指标", "目标值", "单位", "本期", "累计", "上年同期")
    design = "".join(
        f'\n[[columns]]\nkey = "own{number}"\nheader = "{word}"\nsource = "department"\n'
        for number, word in enumerate(headings)
    )
    cycle = kit.list_targets(kit.make_cycle(tmp_path / "cycle", ZH, design=design))
    form = fill(cycle, tmp_path / "form.xlsx")
    assert told(read(cycle, form)) == kit.target_answers(cycle)
    with copy_of(form, tmp_path) as (path, page, marks):
        drop_marks(page, marks)
    assert told(read(cycle, path)) == kit.target_answers(cycle)


# --- a round ----------------------------------------------------------------------------------------------------------


def test_feedback_marks_the_cells_of_targets(cycles: Cycles, tmp_path: Path) -> None:
    cycle = kit.copy_cycle(cycles[ZH], tmp_path / "cycle")
    fill(cycle, kit.inbox(cycle), total1="约 9 所")
    finding = next(one for one in cycle.validate().findings if one.code == "V101")
    assert (finding.goal, finding.column, finding.sheet, finding.cell) == ("2", "1.total", SHEET, "I6")
    assert "指标1 改造学校·累计（所）" in finding.message
    assert f"{SHEET}!I6" in finding.hint
    (copy,) = cycle.feedback(["A"])
    first, page = load_workbook(copy).worksheets[:2]
    marks = kit.Marks.of(page)
    cell = page.cell(marks.rows["2#1"], marks.columns["target.total"])
    assert cell.value == "约 9 所"
    assert cell.border.left.style == "thick"
    assert cell.comment is not None
    assert cell.comment.text.count("约 9 所") == 1
    links = [one.hyperlink.location for row in first.iter_rows(max_row=12) for one in row if one.hyperlink]
    assert f"'{SHEET}'!{cell.coordinate}" in links
    assert first.cell(1, 1).comment is None
    answers = told(read(cycle, copy))
    assert answers == {**kit.target_answers(cycle), "1.total": None}


def test_a_held_total_is_to_be_read(cycles: Cycles, tmp_path: Path) -> None:
    """What was passed stays; the newer figure is a finding, and stands on the list of what is to be read."""
    cycle = kit.copy_cycle(cycles[ZH], tmp_path / "cycle")
    fill(cycle, kit.inbox(cycle))
    kit.set_time(kit.inbox(cycle), "2018-07-02 09:00")
    kit.review(cycle)
    cycle.merge()
    kit.set_time(fill(cycle, kit.inbox(cycle, "A2.xlsx"), total1=11), "2018-07-03 09:00")
    held = kit.found_by(cycle.merge(), "X104")
    assert [(one.goal, one.column, one.sheet, one.cell) for one in held] == [("2", "1.total", SHEET, "I6")]
    sheet = load_workbook(cycle.settings.master)["待审清单"]
    lines = [[str(cell.value) for cell in row] for row in sheet.iter_rows()]
    assert any("指标1 改造学校·累计（所）" in line and "11" in line for line in lines)


def test_the_register_amends_a_figure_of_a_target(cycles: Cycles, tmp_path: Path) -> None:
    """By the target's number and the second sheet's heading; what cannot be meant is said, and the others hold."""
    cycle = kit.copy_cycle(cycles[ZH], tmp_path / "cycle")
    fill(cycle, kit.inbox(cycle))
    amendment = {"单位": "A", "目标": "2#1", "列": "累计", "原内容": 9, "改为": 10, "状态": "已采用"}
    kit.decide(cycle, "更正", amendment, {**amendment, "列": "进展情况"})
    report = cycle.merge()
    amended = kit.row_of(report, "2").amended
    assert {key: (one.value, one.original) for key, one in amended.items()} == {"1.total": (10, 9)}
    (remark,) = [one for one in report.remarks if "更正" in one and "没有用上" in one]
    assert "C3" in remark
    assert "进展情况" in remark
    trace = cycle.trace("2")
    shown = {one.column.key: (one.value, one.cell) for one in trace.parts[0].shown}
    assert shown["1.total"] == (10, f"{SHEET}!I6")


def test_a_settled_goal_shows_its_targets_locked(tmp_path: Path) -> None:
    may = kit.list_targets(year.begin(tmp_path, "2018-05", ZH))
    completed = {"status": "已完成", "completed_on": dt.date(2018, 5, 20), **kit.target_answers(may), "1.total": 15}
    year.report(may, "A", {"2": completed})
    year.passed(may, "A")
    may.merge()
    june = kit.list_targets(year.follow(may, "2018-06"))
    (form,) = june.generate(["A"])
    page = load_workbook(form).worksheets[1]
    marks = kit.Marks.of(page)
    cell = page.cell(marks.rows["2#1"], marks.columns["target.total"])
    assert (cell.value, cell.protection.locked) == (15, True)
    harder = kit.list_targets(june, least=">=20")
    assert SHEET in load_workbook(harder.generate(["A"])[0]).sheetnames
    page = load_workbook(harder.generate(["A"])[0]).worksheets[1]
    assert page.cell(marks.rows["2#1"], marks.columns["target.total"]).value is None


def test_many_targets_are_told_apart_by_goal(cycles: Cycles) -> None:
    second = cycles[ZH].context.targets
    assert second is not None
    assert rows_of({"2"}, second) == {"2#1", "2#2", "2#3"}
    assert rows_of({"4"}, second) == frozenset()
    limited = replace(cycles[ZH].context, limits=DEFAULT_LIMITS)
    assert limited.column("2.total", "2") is not None
    assert limited.column("2.total", "4") is None
    assert limited.column("9.total", "2") is None


# --- in a real office program -----------------------------------------------------------------------------------------


@pytest.mark.office
def test_libreoffice_fills_the_second_sheet(cycles: Cycles, tmp_path: Path, office: Office) -> None:
    cycle = kit.copy_cycle(cycles[ZH], tmp_path / "cycle")
    (form,) = cycle.generate(["A"])
    marks = kit.Marks.of(page := load_workbook(form).worksheets[1])
    total, check = (page.cell(marks.rows["2#1"], marks.columns[key]).coordinate for key in ("target.total", "check"))
    state = page.cell(marks.rows["2#3"], marks.columns["target.state"]).coordinate
    sent = tmp_path / "A.xlsx"
    with office.open(form) as book:
        before = book.get(SHEET, check).text
        book.do("type", SHEET, total, "9")
        book.do("choose", SHEET, state, "正常推进")
        after = book.get(SHEET, check).text
        book.do("save_as", str(sent))
    assert (before, after) == ("缺累计；", "√")
    ret = read(cycle, sent)
    assert told(ret) == {"1.total": 9, "3.state": "正常推进"}
    assert codes(ret) <= {"S114", "I106"}
