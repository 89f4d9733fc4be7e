"""Where a table is and what belongs to it: several on a sheet, headings twice, columns doubled, cells merged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import returns_kit as kit
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.intake import Arrival
from kpi_xlsx.model import Language, Return, ReturnStatus, Scalar
from kpi_xlsx.returns import read_returns

Answers = dict[str, dict[str, Scalar | None]]


@pytest.fixture(params=list(Language))
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", request.param)


def read(cycle: Cycle, path: Path) -> list[Return]:
    return read_returns(Arrival("inbox/a.xlsx", path), cycle.context)


def answers(ret: Return) -> Answers:
    return {entry.goal: {key: answer.value for key, answer in entry.answers.items()} for entry in ret.entries}


def noted(ret: Return) -> set[str]:
    return {note.code for note in ret.notes}


def append(path: Path, other: Path, gap: int = 2) -> None:
    """Paste the fill sheet of one form below that of another, as values."""
    source = load_workbook(other).worksheets[0]
    book = load_workbook(path)
    target = book.worksheets[0]
    start = target.max_row + gap
    for row in source.iter_rows():
        for cell in row:
            if cell.value is not None:
                target.cell(start + cell.row, cell.column).value = cell.value
    book.save(path)


# --- several forms ----------------------------------------------------------------------------------------------------


def test_two_forms_below_one_another_are_two_returns(cycle: Cycle) -> None:
    own, other = kit.send(cycle), kit.inbox(cycle, "B.xlsx")
    alone = [answers(read(cycle, path)[0]) for path in (own, other)]
    append(own, other)
    both = read(cycle, own)
    assert [ret.department for ret in both] == ["A", "B"]
    assert [answers(ret) for ret in both] == alone
    assert all(noted(ret) <= {"I106"} for ret in both)


def test_a_second_identity_without_a_table_begins_nothing(cycle: Cycle) -> None:
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        sheet.cell(max(marks.rows.values()) + 9, 3).value = sheet["A1"].value
    (ret,) = read(cycle, path)
    assert answers(ret) == alone


def test_forms_on_several_sheets_of_one_workbook(cycle: Cycle) -> None:
    own, other = kit.send(cycle), kit.inbox(cycle, "B.xlsx")
    alone = [answers(read(cycle, path)[0]) for path in (own, other)]
    source = load_workbook(other).worksheets[0]
    book = load_workbook(own)
    sheet = book.create_sheet("乙", 0)
    for row in source.iter_rows():
        for cell in row:
            sheet.cell(cell.row, cell.column).value = cell.value
    book.save(own)
    both = read(cycle, own)
    assert [(ret.department, ret.sheet) for ret in both] == [("B", "乙"), ("A", book.sheetnames[1])]
    assert [answers(ret) for ret in both] == alone[::-1]


def test_a_table_without_marks_beside_the_form_is_not_taken_for_it(cycle: Cycle) -> None:
    """Last period's table, copied in to look at, must not fill what is blank in this period's."""
    path = kit.fill(cycle, "A", kit.inbox(cycle), {"3": kit.blank_row(cycle)})
    book = load_workbook(path)
    form = book.worksheets[0]
    marks = kit.Marks.of(form)
    copy = book.create_sheet("before")
    for row in range(marks.head, max(marks.rows.values()) + 1):
        for column in marks.ends():
            copy.cell(row, column).value = form.cell(row, column).value
    copy.cell(marks.rows["3"], marks.columns["progress"]).value = "what was reported in May"
    book.save(path)
    own, other = read(cycle, path)
    assert "3" not in {goal for goal, row in answers(own).items() if row}
    assert (other.status, other.sheet, noted(other)) == (ReturnStatus.QUARANTINED, "before", {"I101"})


def test_copies_that_differ_in_a_spare_row_contradict_each_other(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.EN, top="spare_rows = 1")
    spare = cycle.context.spare_ids()[0]
    path = kit.send(cycle)
    book = load_workbook(path)
    for sheet, words in ((book.worksheets[0], "a bridge"), (book.copy_worksheet(book.worksheets[0]), "a park")):
        marks = kit.Marks.of(sheet)
        sheet.cell(marks.rows[spare.casefold()], marks.columns["name"]).value = words
    book.save(path)
    assert [one.goal for one in cycle.validate().findings if one.code == "X103"] == [spare]


# --- rows -------------------------------------------------------------------------------------------------------------


def test_number_and_name_sorted_without_the_rest_are_not_believed(cycle: Cycle) -> None:
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        for key in ("id", "name"):
            one, two = (sheet.cell(marks.rows[goal], marks.columns[key]) for goal in "12")
            one.value, two.value = two.value, one.value
    (ret,) = read(cycle, path)
    assert {note.goal for note in ret.notes if note.code == "S106"} == {"1", "2"}
    assert [goal for goal, row in answers(ret).items() if row] == ["3"]


def test_ids_that_differ_by_a_space_only_keep_their_marks(tmp_path: Path) -> None:
    plan: list[kit.PlanRow] = [
        {"id": number, "department": code, "name": name, "requirement": "Dig", "due_month": 12}
        for number, code, name in (
            ("1 1", "A", "Ponds"),
            ("11", "A", "Lakes"),
            ("#1", "A", "Trees"),
            ("4", "B", "Water"),
        )
    ]
    cycle = kit.make_cycle(tmp_path / "cycle", Language.EN, plan=plan)
    (ret,) = read(cycle, kit.send(cycle))
    assert noted(ret) == set()


# --- workbooks of many forms ------------------------------------------------------------------------------------------


def test_a_workbook_of_hundreds_of_forms_is_beyond_a_limit(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    own = kit.send(cycle)
    append(own, kit.inbox(cycle, "B.xlsx"))
    monkeypatch.setattr("kpi_xlsx.returns.MOST_FORMS", 1)
    (ret,) = read(cycle, own)
    assert (ret.status, noted(ret)) == (ReturnStatus.QUARANTINED, {"F104"})


def test_headings_that_stand_there_again_are_no_row(cycle: Cycle) -> None:
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        row = marks.rows["2"]
        sheet.insert_rows(row)
        for column in range(1, sheet.max_column + 1):
            sheet.cell(row, column).value = sheet.cell(marks.head, column).value
    (ret,) = read(cycle, path)
    assert answers(ret) == alone
    assert noted(ret) == set()


def test_a_letter_that_names_the_columns_is_not_taken_for_the_headings(cycle: Cycle) -> None:
    """Above the table someone listed some of its headings: the fuller row is the heading."""
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        columns = dict(marks.columns)
        heads = {key: sheet.cell(marks.head, column).value for key, column in columns.items()}
        sheet.insert_rows(marks.head - 1, 2)
        for key in ("id", "name", "progress", "status", "actual"):
            sheet.cell(marks.head - 1, columns[key]).value = heads[key]
    (ret,) = read(cycle, path)
    assert answers(ret) == alone


# --- columns ----------------------------------------------------------------------------------------------------------


def double(sheet: Worksheet, marks: kit.Marks, key: str) -> int:
    """A column once more, with its key and heading, to the right of all others; returns its number."""
    place = marks.columns["check"] + 1
    for row in range(1, max(marks.rows.values()) + 1):
        sheet.cell(row, place).value = sheet.cell(row, marks.columns[key]).value
    return place


def test_a_reworded_heading_is_said(cycle: Cycle) -> None:
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        place = sheet.cell(marks.head, marks.columns["completed_on"])
        place.value = "Begun on"
        where = place.coordinate
    (ret,) = read(cycle, path)
    assert answers(ret) == alone
    (note,) = ret.notes
    assert (note.code, note.cell) == ("I106", where)
    assert "“Begun on”" in note.words["lost"]


def test_a_doubled_column_with_the_same_answers_does_no_harm(cycle: Cycle) -> None:
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        double(sheet, marks, "progress")
    (ret,) = read(cycle, path)
    assert answers(ret) == alone
    assert noted(ret) == {"S105"}


def test_of_two_columns_the_filled_one_is_read(cycle: Cycle) -> None:
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        double(sheet, marks, "progress")
        for row in marks.rows.values():
            sheet.cell(row, marks.columns["progress"]).value = None
    (ret,) = read(cycle, path)
    assert answers(ret) == alone


def test_two_columns_that_differ_contradict_each_other(cycle: Cycle) -> None:
    path = kit.send(cycle)
    alone = answers(read(cycle, path)[0])
    with kit.edited(path) as (sheet, marks):
        place = double(sheet, marks, "progress")
        sheet.cell(marks.rows["2"], place).value = "quite another answer"
    (ret,) = read(cycle, path)
    (note,) = (note for note in ret.notes if note.code == "S106")
    assert note.column == "progress"
    assert note.cell is not None
    without = {goal: {key: value for key, value in row.items() if key != "progress"} for goal, row in alone.items()}
    assert answers(ret) == without
    assert {one.text for one in ret.leftovers} >= {"quite another answer", str(alone["2"]["progress"])}


# --- merged cells -----------------------------------------------------------------------------------------------------


def merged(cycle: Cycle, key: str, change: Callable[[Worksheet, kit.Marks], None] | None = None) -> Return:
    """The form with a column's cells of goals 1 and 2 merged."""
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        top, place = marks.rows["1"], marks.columns[key]
        sheet.merge_cells(start_row=top, end_row=top + 1, start_column=place, end_column=place)
        if change is not None:
            change(sheet, marks)
    return read(cycle, path)[0]


@pytest.mark.parametrize("key", ["progress", "status", "data_as_of", "explanation"])
def test_what_a_merged_cell_says_holds_for_each_goal(cycle: Cycle, key: str) -> None:
    alone = answers(read(cycle, kit.send(cycle))[0])
    ret = merged(cycle, key)
    assert answers(ret)["2"].get(key) == answers(ret)["1"].get(key) == alone["1"].get(key)
    (note,) = (note for note in ret.notes if note.code == "S112")
    assert (note.goal, note.column) == ("1", key)
    assert "1" in note.words["goals"]
    assert "2" in note.words["goals"]
    assert {goal: row for goal, row in answers(ret).items() if goal == "3"} == {"3": alone["3"]}


def test_a_merged_number_is_not_repeated(cycle: Cycle) -> None:
    ret = merged(cycle, "actual")
    assert answers(ret)["1"]["actual"] == 12
    assert "actual" not in answers(ret)["2"]
    assert "S112" in noted(ret)


@pytest.mark.parametrize("key", ["category", "subcategory"])
def test_merged_categories_do_no_harm(cycle: Cycle, key: str) -> None:
    alone = answers(read(cycle, kit.send(cycle))[0])
    ret = merged(cycle, key)
    assert answers(ret) == alone
    assert noted(ret) == set()


@pytest.mark.parametrize("key", ["id", "name"])
def test_a_merged_number_or_name_is_not_another_goals(cycle: Cycle, key: str) -> None:
    """The second row has lost its own; its other witnesses speak for it, or nothing is taken."""
    alone = answers(read(cycle, kit.send(cycle))[0])
    ret = merged(cycle, key)
    found = answers(ret)
    assert found["1"] == alone["1"]
    assert found.get("2", alone["2"]) == alone["2"]


def test_overlapping_and_huge_merges_cost_little(cycle: Cycle) -> None:
    def change(sheet: Worksheet, marks: kit.Marks) -> None:
        for _ in range(500):
            sheet.merged_cells.add(f"A{marks.rows['1']}:XFD1048576")
            sheet.merged_cells.add("A1:B1048576")

    assert merged(cycle, "progress", change).status is ReturnStatus.READ


def test_columns_merged_side_by_side_are_said(cycle: Cycle) -> None:
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        row, place = marks.rows["3"], marks.columns["progress"]
        sheet.merge_cells(start_row=row, end_row=row, start_column=place, end_column=place + 1)
    (ret,) = read(cycle, path)
    assert [note.goal for note in ret.notes if note.code == "S112"] == ["3"]
    assert "status" not in answers(ret)["3"]


def test_blank_rows_under_a_merged_answer_stay_blank(cycle: Cycle) -> None:
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        top, place = marks.rows["1"], marks.columns["progress"]
        sheet.insert_rows(top + 1)
        sheet.merge_cells(start_row=top, end_row=top + 1, start_column=place, end_column=place)
    (ret,) = read(cycle, path)
    assert len(ret.entries) == 3
    assert not noted(ret) & {"S104", "S106"}


# --- leftovers --------------------------------------------------------------------------------------------------------


def test_what_belongs_nowhere_is_kept(cycle: Cycle) -> None:
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        last, check = max(marks.rows.values()), marks.columns["check"]
        sheet.cell(marks.head, check + 1).value = "Mood"
        sheet.cell(marks.rows["1"], check + 1).value = "good"
        sheet.cell(marks.rows["2"], check + 3).value = "see me"
        sheet.insert_rows(last + 1, 2)
        for key, value in (("id", "99"), ("name", "Bridges"), ("progress", "A bridge was built as well.")):
            sheet.cell(last + 1, marks.columns[key]).value = value
        for column in (1, *marks.ends()):
            sheet.cell(last + 2, column).value = sheet.cell(marks.rows["3"], column).value
        sheet.cell(last + 2, marks.columns["progress"]).value = "The same goal, told otherwise."
    (ret,) = read(cycle, path)
    kept = {one.text: one.label for one in ret.leftovers}
    head = cycle.context.template.main.by_key["progress"].heading
    assert kept["good"] == "1 · Mood"
    assert kept["see me"] == "2"
    assert kept["A bridge was built as well."] == f"99 · {head}"
    assert kept["Bridges"].startswith("99 · ")
    assert kept["The same goal, told otherwise."] == f"3 · {head}"
    assert not any(text.startswith(("#", "kpi-xlsx:")) for text in kept)


def test_a_good_form_leaves_nothing_over(cycle: Cycle) -> None:
    (ret,) = read(cycle, kit.send(cycle))
    assert ret.leftovers == ()
    assert noted(ret) == set()


def test_leftovers_are_bounded(cycle: Cycle) -> None:
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        for row in range(1, 700):
            sheet.cell(max(marks.rows.values()) + 20 + row, marks.columns["progress"]).value = "x" * 3000
    (ret,) = read(cycle, path)
    assert len(ret.leftovers) == 50
    assert {len(one.text) for one in ret.leftovers} == {2000}


def test_a_list_pasted_below_is_not_named_row_by_row(cycle: Cycle) -> None:
    path = kit.send(cycle)
    with kit.edited(path) as (sheet, marks):
        for row in range(1, 700):
            sheet.cell(max(marks.rows.values()) + 20 + row, marks.columns["progress"]).value = f"x {row}"
    (ret,) = read(cycle, path)
    strange = [note.words["what"] for note in ret.notes if note.code == "S104"]
    assert len(strange) == 101
    assert "599" in strange[-1]
    assert len(ret.leftovers) == 500


# --- signatures -------------------------------------------------------------------------------------------------------


def test_what_was_typed_behind_the_labels_is_kept(cycle: Cycle) -> None:
    """In the label's own cell, or in the next ones, as far as the next label."""
    path = kit.send(cycle)
    labels = cycle.context.template.signature
    with kit.edited(path) as (sheet, _):
        for line in list(sheet.iter_rows(min_row=9)):
            for cell in line:
                if cell.value == labels[2]:
                    sheet.cell(cell.row or 0, cell.column or 0).value = f"{labels[2]} 李四 ＿＿＿ {labels[3]}0571-17"
                elif cell.value == labels[3]:
                    sheet.cell(cell.row or 0, cell.column or 0).value = None
    (ret,) = read(cycle, path)
    assert ret.signed == {**kit.signed(cycle), labels[2]: "李四", labels[3]: "0571-17"}
    assert not noted(ret)


def test_the_next_copy_is_signed_as_this_one_was(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"progress": None}})
    (copy,) = cycle.feedback()
    (ret,) = read(cycle, copy)
    assert ret.signed == kit.signed(cycle)
