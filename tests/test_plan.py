"""plan.xlsx as offices write it: every reading that the design promises, and every mistake named by its cell."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import commands
import pytest
import xlsxwriter
from openpyxl import Workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Department, Frequency, Goal, Language, Mistake, Plan, PlanError
from kpi_xlsx.periods import Period
from kpi_xlsx.plan import DEPARTMENT_HEADINGS, GOAL_HEADINGS, load_plan

PERIOD = Period(dt.date(2018, 1, 1), dt.date(2018, 6, 30))
DEPARTMENTS = """
| code | name       | alias             |
| F    | Finance    | Money; Treasury   |
| R    | Roads      |                   |
| W    | 水务、气象局 | 水务局            |
| H    | Housing    |                   |
"""
GOALS = """
| id | department | name   |
| 1  | F          | Income |
| 2  | R          | Roads  |
"""


# --- workbooks from Markdown ------------------------------------------------------------------------------------------


def typed(text: str) -> str | float | dt.date | None:
    """What Excel makes of a cell that a person types: a number, a date, or text (always text after an apostrophe)."""
    text = text.strip().replace("<br>", "\n")
    if text.startswith("'"):
        return text[1:]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text or None


def write_book(path: Path, tables: Mapping[str, str], merges: Sequence[str] = ()) -> Path:
    """A workbook with a sheet for each Markdown table; `merges` are ranges of the first sheet."""
    book = Workbook()
    for number, (name, table) in enumerate(tables.items()):
        sheet = book.create_sheet(name, number)
        for line in table.strip().splitlines():
            sheet.append([typed(text) for text in line.strip().removeprefix("|").removesuffix("|").split("|")])
    for cells in merges:
        book.worksheets[0].merge_cells(cells)
    book.remove(book.worksheets[-1])
    book.save(path)
    book.close()
    return path


def load(
    folder: Path,
    goals: str,
    departments: str = DEPARTMENTS,
    *,
    merges: Sequence[str] = (),
    language: Language = Language.EN,
) -> Plan:
    path = write_book(folder / "plan.xlsx", {"goals": goals, "departments": departments}, merges)
    return load_plan(path, PERIOD, language)


def mistakes(
    folder: Path, goals: str, departments: str = DEPARTMENTS, merges: Sequence[str] = ()
) -> tuple[Mistake, ...]:
    with pytest.raises(PlanError) as caught:
        load(folder, goals, departments, merges=merges)
    assert {mistake.file for mistake in caught.value.mistakes} == {"plan.xlsx"}
    return caught.value.mistakes


def only(found: Sequence[Mistake], place: str, *words: str) -> None:
    """There is this one mistake, and its line holds these words."""
    (one,) = found
    assert one.place == place
    assert all(word in one.words for word in words), one.words
    assert "\n" not in str(one)


def goal(folder: Path, heading: str, cell: str, departments: str = DEPARTMENTS) -> Goal:
    """The only goal of a plan, with one more column."""
    (found,) = load(folder, f"| id | department | name | {heading} |\n| 1 | F | Income | {cell} |", departments).goals
    return found


# --- headings and rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        "id | department | name | due_month",
        "编号 | 责任单位 | 目标名称 | 完成时限(月)",
        "编号 id | department 责任单位 | 目标名称 name | due_month 完成时限",
        "ＩＤ | Department | Goal | Due month",
        "编 号 | 责任<br>单位 | 目标名称 | 完成时限（月）",
    ],
)
def test_headings_in_either_language_and_joined(tmp_path: Path, headings: str) -> None:
    plan = load(tmp_path, f"| {headings} |\n| 1 | F | Income | 3 |")
    assert [(one.id, one.name, one.departments, one.due) for one in plan.goals] == [
        ("1", "Income", ("F",), dt.date(2018, 3, 31))
    ]
    assert plan.extra == ()


@pytest.mark.parametrize(
    "names", [("goals", "departments"), ("考核目标", "部门"), ("goals 考核目标", "部门departments")]
)
def test_sheets_in_either_language_and_joined(tmp_path: Path, names: tuple[str, str]) -> None:
    path = write_book(tmp_path / "plan.xlsx", {names[0]: GOALS, "notes": "| x |", names[1]: DEPARTMENTS})
    assert len(load_plan(path, PERIOD, Language.ZH).goals) == 2


def test_every_known_heading_is_known_in_both_languages(tmp_path: Path) -> None:
    for words in (GOAL_HEADINGS, DEPARTMENT_HEADINGS):
        assert all(not key.startswith(names[0]) and not names[0].isascii() for key, names in words.items())
    keys = [key for key in GOAL_HEADINGS if key not in ("id", "department", "name")]
    own = {"due_month": "6", "frequency": "month", "basis": "flow", "baseline": "3", "milestones": "6:50%"}
    filled = "".join(f"{own.get(key, key)} | " for key in keys)
    plan = load(tmp_path, f"| {' | '.join(GOAL_HEADINGS)} |\n| 1 | F | Income | {filled}")
    assert plan.goals[0].cells.keys() == GOAL_HEADINGS.keys()
    assert plan.extra == ()


def test_department_sheet_in_full(tmp_path: Path) -> None:
    table = """
    | 代码 | 名称 | 曾用名 | 类别 | 联系人 | 电话 | 邮箱 | 审核人 | 分管领导 |
    | '017 | 市金融办 | 金融办、上市办 | 经济 | 王某 | '0571-17 | a@example.org | 李某 | 陈某 |
    """
    (found,) = load(tmp_path, "| id | department | name |\n| 1 | 上市办 | Income |", table).departments
    assert (found.code, found.name, found.aliases, found.group) == ("017", "市金融办", ("金融办", "上市办"), "经济")
    assert (found.contact, found.phone, found.email) == ("王某", "0571-17", "a@example.org")
    assert (found.reviewer, found.leader) == ("李某", "陈某")


def test_title_rows_may_stand_above_the_heading(tmp_path: Path) -> None:
    above = "| 2018 goals |\n| name | of the city |\n" + "| |\n" * 7
    assert [one.id for one in load(tmp_path, above + GOALS.strip(), "| all |\n" + DEPARTMENTS.strip()).goals] == [
        "1",
        "2",
    ]


def test_the_heading_is_looked_for_in_ten_rows_only(tmp_path: Path) -> None:
    only(mistakes(tmp_path, "| |\n" * 10 + GOALS.strip()), "goals", "id", "department", "name")


def test_blank_rows_between_goals_do_not_count(tmp_path: Path) -> None:
    plan = load(tmp_path, GOALS + "|   |   |   |\n| '  | | |\n| 3 | H | Flats |")
    assert [one.id for one in plan.goals] == ["1", "2", "3"]


def test_other_columns_are_kept_in_their_order(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        "| 责任人 | id | Budget 2018 | name | department |\n| Wang | 1 | 12.50 | Income | F |\n| | 2 | | x | R |",
    )
    assert plan.extra == ("责任人", "Budget 2018")
    assert [dict(one.cells) for one in plan.goals] == [
        {"id": 1, "name": "Income", "department": "F", "责任人": "Wang", "budget2018": 12.5},
        {"id": 2, "name": "x", "department": "R"},
    ]


def test_rows_that_only_other_columns_fill_are_no_goals(tmp_path: Path) -> None:
    plan = load(tmp_path, "| id | department | name | note |\n| 1 | F | Income | |\n| | | | a remark below the table |")
    assert len(plan.goals) == 1


def test_the_publish_column_is_there_or_not(tmp_path: Path) -> None:
    assert not load(tmp_path, GOALS).publishes
    assert load(tmp_path, "| id | department | name | 是否公开 |\n| 1 | F | Income | |").publishes


# --- cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("1", "1"), ("1.0", "1"), ("1.5", "1.5"), ("'01", "01"), ("' A-1 ", "A-1"), ("2018-06-01", "2018-06-01")],
)
def test_ids_are_text_as_a_person_sees_it(tmp_path: Path, cell: str, shown: str) -> None:
    assert load(tmp_path, f"| id | department | name |\n| {cell} | F | Income |").goals[0].id == shown


@pytest.mark.parametrize(
    ("cell", "name", "starred"),
    [
        ("Income", "Income", False),
        ("★Income", "Income", True),
        ("★ In★come", "In★come", True),
        ("★　企业上市", "企业上市", True),
    ],
)
def test_a_star_is_a_flag_and_no_part_of_the_name(tmp_path: Path, cell: str, name: str, starred: bool) -> None:
    (found,) = load(tmp_path, f"| id | department | name |\n| 1 | F | {cell} |").goals
    assert (found.name, found.starred, found.cells["name"]) == (name, starred, cell)


@pytest.mark.parametrize(
    ("cell", "due"), [("", "2018-12-31"), ("3", "2018-03-31"), ("二季度", "2018-06-30"), ("2019-03-31", "2019-03-31")]
)
def test_due_months(tmp_path: Path, cell: str, due: str) -> None:
    assert goal(tmp_path, "due_month", cell).due.isoformat() == due


@pytest.mark.parametrize(
    ("cell", "frequency"), [("", Frequency.MONTH), ("季", Frequency.QUARTER), ("exception", Frequency.EXCEPTION)]
)
def test_frequencies(tmp_path: Path, cell: str, frequency: Frequency) -> None:
    assert goal(tmp_path, "frequency", cell).frequency is frequency


def test_line_breaks_and_white_space_in_cells(tmp_path: Path) -> None:
    found = goal(tmp_path, "requirement", "'  first<br>second  ")
    assert found.cells["requirement"] == "first\nsecond"


def test_a_formula_counts_by_its_result(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("goals")
        sheet.write_row("A1", ["id", "department", "name", "due_month"])
        sheet.write_row("B2", ["F", "Income"])
        sheet.write_formula("A2", "=1+1", None, 2)
        sheet.write_formula("D2", '="Q"&A2', None, "Q2")
        book.add_worksheet("departments").write_row("A1", ["code", "name"])
        book.worksheets()[1].write_row("A2", ["F", "Finance"])
    (found,) = load_plan(path, PERIOD, Language.EN).goals
    assert (found.id, found.due) == ("2", dt.date(2018, 6, 30))


def test_a_merged_cell_counts_for_each_row_and_an_unmerged_blank_is_blank(tmp_path: Path) -> None:
    table = """
    | 2018 |
    | id | department | name | category |
    | 1  | F          | a    | Money    |
    | 2  |            | b    |          |
    | 3  | R          | c    |          |
    | 4  | R          | d    |          |
    """
    plan = load(tmp_path, table, merges=["B3:B4", "D3:D5", "A1:D1"])
    assert [one.departments for one in plan.goals] == [("F",), ("F",), ("R",), ("R",)]
    assert [one.cells.get("category") for one in plan.goals] == ["Money", "Money", "Money", None]


# --- departments of a goal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", ["、", "；", ";", ",", "，", "<br>", " 、 ", ";<br>", "；、"])
def test_the_first_department_leads_and_the_others_support(tmp_path: Path, between: str) -> None:
    names = between.join(["Roads", "F", "Housing", "r"])
    (found,) = load(tmp_path, f"| id | department | name |\n| 1 | {names} | a |").goals
    assert found.departments == ("R", "F", "H")


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("F", ("F",)),
        ("ｆ", ("F",)),
        ("FINANCE", ("F",)),
        ("Treasury", ("F",)),
        ("Money; Roads", ("F", "R")),
        ("水务、气象局", ("W",)),
        ("水务 、气象局", ("W",)),
        ("Roads；水务局", ("R", "W")),
        ("Roads, Roads, R", ("R",)),
    ],
)
def test_departments_by_code_name_or_alias_looked_up_whole_first(
    tmp_path: Path, cell: str, codes: tuple[str, ...]
) -> None:
    (found,) = load(tmp_path, f"| id | department | name |\n| 1 | {cell} | Income |").goals
    assert found.departments == codes


def test_a_code_comes_before_a_name_and_a_name_before_an_alias() -> None:
    plan = Plan((Department("A", "B"), Department("B", "C", ("D",)), Department("C", "D")), ())
    assert [plan.find_department(text) for text in "ABCD"] == [*plan.departments, plan.departments[2]]


def test_the_order_of_the_departments_sheet_holds(tmp_path: Path) -> None:
    plan = load(tmp_path, "| id | department | name |\n| 1 | H; F | a |\n| 2 | R | b |\n| 3 | F | c |")
    assert [one.code for one in plan.departments] == ["F", "R", "W", "H"]
    assert {code: [one.id for one in plan.goals_of(code)] for code in "FRWH"} == {
        "F": ["1", "3"],
        "R": ["2"],
        "W": [],
        "H": ["1"],
    }
    assert plan.shared


@pytest.mark.parametrize("code", ["市金融办", "金-1.a_b", "ﾊ", "x" * 20, "水"])
def test_codes_in_any_script(tmp_path: Path, code: str) -> None:
    plan = load(tmp_path, f"| id | department | name |\n| 1 | {code} | a |", f"| code | name |\n| {code} | Bureau |")
    assert plan.goals[0].departments == (code,)


# --- mistakes ---------------------------------------------------------------------------------------------------------

HEAD = "| id | department | name | due_month | frequency |\n"
WRONG_CELLS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "department unknown": ("| 1 | Finanse | a |", "goals!B2", ("“Finanse”", "did you mean “Finance”?")),
    "department like none": ("| 1 | Zoo | a |", "goals!B2", ("“Zoo”", "Add it there")),
    "one of several unknown": ("| 1 | F; Rods | a |", "goals!B2", ("“Rods”", "“Roads”")),
    "department blank": ("| 1 | | a |", "goals!B2", ("department",)),
    "department only a comma": ("| 1 | 、 | a |", "goals!B2", ("department",)),
    "name blank": ("| 1 | F | |", "goals!C2", ("name",)),
    "name only a star": ("| 1 | F | ★ |", "goals!C2", ("name",)),
    "month 13": ("| 1 | F | a | 13 |", "goals!D2", ("“13”", "1 to 12")),
    "month in other words": ("| 1 | F | a | soon |", "goals!D2", ("“soon”",)),
    "frequency unknown": ("| 1 | F | a | | weekly |", "goals!E2", ("“weekly”", "half-year")),
    "id too long": (f"| {'x' * 41} | F | a |", "goals!A2", ("40",)),
    "id blank": ("| | F | a |", "goals!A2", ("import-plan plan.xlsx -o",)),
    "error as id": ("| #REF! | F | a |", "goals!A2", ("#REF!",)),
    "error as department": ("| 1 | #N/A | a |", "goals!B2", ("#N/A",)),
    "error as name": ("| 1 | F | #VALUE! |", "goals!C2", ("#VALUE!",)),
    "error as month": ("| 1 | F | a | #DIV/0! |", "goals!D2", ("#DIV/0!",)),
    "error as frequency": ("| 1 | F | a | | #NAME? |", "goals!E2", ("#NAME?",)),
    "formula as id": ("| =1+1 | F | a |", "goals!A2", ("no result",)),
    "formula as department": ("| 1 | =F1 | a |", "goals!B2", ("no result",)),
    "formula as name": ("| 1 | F | =F1 |", "goals!C2", ("no result",)),
    "formula as month": ("| 1 | F | a | =6+6 |", "goals!D2", ("no result",)),
}


@pytest.mark.parametrize("wrong", WRONG_CELLS)
def test_a_wrong_cell_is_one_line_with_its_place(tmp_path: Path, wrong: str) -> None:
    row, place, words = WRONG_CELLS[wrong]
    only(mistakes(tmp_path, HEAD + row), place, *words)


@pytest.mark.parametrize("twice", [("A-1", "a-1"), ("A1", "Ａ１"), ("1", "1.0"), ("' x", "'X ")])
def test_an_id_that_stands_there_twice_names_both_cells(tmp_path: Path, twice: tuple[str, str]) -> None:
    table = f"| id | department | name |\n| {twice[0]} | F | a |\n| 9 | F | b |\n| {twice[1]} | R | c |"
    only(mistakes(tmp_path, table), "goals!A4", "goals!A2")


def test_a_merged_id_is_an_id_that_stands_there_twice(tmp_path: Path) -> None:
    only(
        mistakes(tmp_path, "| id | department | name |\n| 1 | F | a |\n| | R | b |", merges=["A2:A3"]),
        "goals!A3",
        "goals!A2",
    )


def test_blank_ids_are_one_line_that_names_the_cells(tmp_path: Path) -> None:
    rows = "".join(f"| | F | goal {number} |\n" for number in range(14))
    (one,) = mistakes(tmp_path, "| id | department | name |\n| 1 | F | a |\n" + rows)
    assert one.place == ", ".join(f"goals!A{row}" for row in range(3, 15)) + " …"
    assert "kpi-xlsx import-plan" in one.words


WRONG_SHEETS: dict[str, tuple[dict[str, str], str, tuple[str, ...]]] = {
    "no goals sheet": ({"targets": GOALS, "departments": DEPARTMENTS}, "", ("“goals”",)),
    "no departments sheet": ({"goals": GOALS}, "", ("“departments”",)),
    "no goal": ({"goals": "| id | department | name |", "departments": DEPARTMENTS}, "goals", ("goal",)),
    "no department": (
        {"goals": GOALS, "departments": "| code | name |"},
        "departments",
        ("department",),
    ),
    "no heading": (
        {"goals": "| id | name |\n| 1 | a |", "departments": DEPARTMENTS},
        "goals",
        ("heading", "department"),
    ),
    "no id column": ({"goals": GOALS.replace("id", "no", 1) + "| |", "departments": DEPARTMENTS}, "goals", ("id",)),
    "column missing": (
        {"goals": "| id | name | category |\n| 1 | a | b |", "departments": DEPARTMENTS},
        "goals",
        ("“department”", "missing"),
    ),
    "column of departments missing": (
        {"goals": GOALS, "departments": "| code | alias |\n| F | Finance |\n| R | Roads |"},
        "departments",
        ("“name”", "missing"),
    ),
    "heading twice": (
        {"goals": "| id | department | name | 目标名称 |\n| 1 | F | a | b |", "departments": DEPARTMENTS},
        "goals!D1",
        ("“目标名称”", "twice"),
    ),
    "other heading twice": (
        {"goals": "| id | department | name | Note | note |\n| 1 | F | a | b | c |", "departments": DEPARTMENTS},
        "goals!E1",
        ("“note”", "twice"),
    ),
}


@pytest.mark.parametrize("wrong", WRONG_SHEETS)
def test_a_wrong_sheet_is_one_line(tmp_path: Path, wrong: str) -> None:
    tables, place, words = WRONG_SHEETS[wrong]
    path = write_book(tmp_path / "plan.xlsx", tables)
    with pytest.raises(PlanError) as caught:
        load_plan(path, PERIOD, Language.EN)
    only(caught.value.mistakes, place, *words)


WRONG_DEPARTMENTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "code twice": ("| F | Flats | |", "departments!A3", ("departments!A2",)),
    "code but for case": ("| ｆ | Flats | |", "departments!A3", ("departments!A2",)),
    "name twice": ("| X | FINANCE | |", "departments!B3", ("departments!B2",)),
    "alias twice": ("| X | Flats | Homes, Money |", "departments!C3", ("“Money”", "departments!C2")),
    "alias like a name": ("| X | Flats | Finance |", "departments!C3", ("departments!B2",)),
    "name like a code": ("| X | f | |", "departments!B3", ("departments!A2",)),
    "code blank": ("| | Flats | |", "departments!A3", ("1 to 20",)),
    "code with a blank": ("| X 1 | Flats | |", "departments!A3", ("“X 1”",)),
    "code with a slash": ("| X/1 | Flats | |", "departments!A3", ("“X/1”",)),
    "code too long": (f"| {'x' * 21} | Flats | |", "departments!A3", ("1 to 20",)),
    "name blank": ("| X | | Flats |", "departments!B3", ("name",)),
    "error as code": ("| #REF! | Flats | |", "departments!A3", ("#REF!",)),
    "formula as name": ("| X | =A1 | |", "departments!B3", ("no result",)),
}


@pytest.mark.parametrize("wrong", WRONG_DEPARTMENTS)
def test_a_wrong_department_is_one_line_with_its_place(tmp_path: Path, wrong: str) -> None:
    row, place, words = WRONG_DEPARTMENTS[wrong]
    table = f"| code | name | alias |\n| F | Finance | Money; Treasury |\n{row}"
    only(mistakes(tmp_path, "| id | department | name |\n| 1 | F | a |", table), place, *words)


def test_a_department_may_repeat_its_own_words(tmp_path: Path) -> None:
    plan = load(
        tmp_path, "| id | department | name |\n| 1 | F | a |", "| code | name | alias |\n| F | f | F, Fin; fin |"
    )
    assert plan.departments[0].aliases == ("F", "Fin", "fin")


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    goals = """
    | id | department | name | due_month | frequency |
    | 1  | F          | a    | 13        |           |
    |    | R          | b    |           |           |
    | 1  | Finanse    |      |           | weekly    |
    | 4  | =A1        | d    | #REF!     |           |
    |    |            | e    |           |           |
    """
    found = mistakes(
        tmp_path, goals, "| code | name |\n| F | Finance |\n| F | Finance |\n| R/1 | Roads |\n| R | Rail |"
    )
    assert sorted(mistake.place for mistake in found) == [
        "departments!A3",
        "departments!A4",
        "goals!A3, goals!A6",
        "goals!A4",
        "goals!B4",
        "goals!B5",
        "goals!B6",
        "goals!C4",
        "goals!D2",
        "goals!D5",
        "goals!E4",
    ]


@pytest.mark.parametrize("body", [b"", b"id,department,name\n1,F,a\n", b"PK\x03\x04 cut off"])
def test_a_plan_that_is_no_workbook_is_one_line(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "plan.xlsx").write_bytes(body)
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "plan.xlsx", PERIOD, Language.EN)
    only(caught.value.mistakes, "", ".xlsx")


def test_a_missing_plan_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"^plan\.xlsx: There is no such file"):
        load_plan(tmp_path / "plan.xlsx", PERIOD, Language.EN)


def test_mistakes_are_told_in_the_cycles_language(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load(tmp_path, HEAD + "| 1 | Finanse | a | 13 |", language=Language.ZH)
    assert [str(one) for one in caught.value.mistakes] == [
        "plan.xlsx: goals!B2: 部门表里没有“Finanse”，是不是“Finance”？",
        "plan.xlsx: goals!D2: 看不懂完成时限“13”。可写 1 到 12、12月、二季度、全年、2019-03 或日期。",
    ]


# --- on the command line ----------------------------------------------------------------------------------------------

CYCLE = 'title = "{department}"\nperiod = "2018-01/2018-06"\ntemplate = "progress-en"\n'


def generate(folder: Path) -> subprocess.CompletedProcess[str]:
    """`kpi-xlsx generate -C folder` as a person runs it."""
    return commands.run("generate", "-C", folder, strict=True)


def test_mistakes_are_lines_on_stderr_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "cycle.toml").write_text(CYCLE, "utf-8")
    goals = HEAD + "| 1 | Finanse | a | 13 |\n| | F | b | | weekly |"
    write_book(tmp_path / "plan.xlsx", {"goals": goals, "departments": DEPARTMENTS})
    done = generate(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["plan.xlsx", place] for place in ("goals!B2", "goals!D2", "goals!E3", "goals!A3")
    ]
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cycle.toml", "plan.xlsx"]


def test_a_right_plan_gives_forms_and_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "cycle.toml").write_text(CYCLE, "utf-8")
    write_book(tmp_path / "plan.xlsx", {"goals": GOALS, "departments": DEPARTMENTS})
    done = generate(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "outbox").iterdir()) == [
        "F-Finance-201806.xlsx",
        "R-Roads-201806.xlsx",
    ]


def test_plan_and_template_are_both_judged_before_a_cycle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cycle.toml").write_text(CYCLE.replace("progress-en", "own.toml"), "utf-8")
    (tmp_path / "own.toml").write_text('name = "own"\nversion = 1\nlanguage = "en"\n', "utf-8")
    write_book(tmp_path / "plan.xlsx", {"goals": HEAD + "| 1 | F | a | 13 |", "departments": DEPARTMENTS})
    with pytest.raises(PlanError) as caught:
        Cycle.load(tmp_path)
    assert [(one.file, one.place) for one in caught.value.mistakes] == [
        ("own.toml", "columns"),
        ("plan.xlsx", "goals!D2"),
    ]
