"""Columns by role: what a form asks, what the rules ask, what is taken, and what the master shows."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
import returns_kit as kit
import roles_kit as roles
from office import Office
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import CLOSED, write_form
from kpi_xlsx.healing import heal
from kpi_xlsx.layout import SHEETS
from kpi_xlsx.master_rows import CLOSED as MASTER_CLOSED
from kpi_xlsx.model import Language, Progress, Role

ZH, EN = Language.ZH, Language.EN


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return roles.begin(tmp_path, request.param)


def blank(cycle: Cycle, code: str, only: tuple[str, ...] = ()) -> Path:
    path = cycle.settings.folder / f"form-{code}.xlsx"
    write_form(path, cycle.context, cycle.settings, code, only=only)
    return path


# --- the form ---------------------------------------------------------------------------------------------------------


def test_cells_closed_for_the_role_are_grey_and_locked(cycle: Cycle) -> None:
    with kit.edited(blank(cycle, "A")) as (sheet, marks):
        for goal, column, open_ in (
            ("1", "progress", True),
            ("1", "support_progress", False),
            ("3", "progress", False),
            ("3", "status", False),
            ("3", "support_progress", True),
            ("3", "explanation", True),
        ):
            cell = sheet.cell(marks.rows[goal], marks.columns[column])
            assert cell.protection.locked is not open_, (goal, column)
            assert cell.fill.fgColor.rgb.endswith(CLOSED) is not open_, (goal, column)


def areas_of(path: Path) -> dict[str, str]:
    """The ranges that may be edited in spite of the protection, by their column's key."""
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    found = (re.search(r'sqref="([^"]+)" name="([^"]+)"', tag) for tag in re.findall("<protectedRange [^>]+>", xml))
    return {one[2]: one[1] for one in found if one}


def test_protection_opens_no_closed_cell(cycle: Cycle) -> None:
    path = blank(cycle, "A")
    areas = areas_of(path)
    for goal, column, open_ in (("1", "progress", True), ("3", "progress", False), ("3", "support_progress", True)):
        cell = kit.address(path, goal, column)
        assert (f"{cell}:{cell}" in areas[column].split()) is open_


def test_drop_downs_and_help_leave_closed_cells_alone(cycle: Cycle) -> None:
    path = blank(cycle, "A")
    book = load_workbook(path)
    lists = [one for one in book.worksheets[0].data_validations.dataValidation if one.type == "list"]
    assert len(lists) == 1
    assert kit.address(path, "1", "status") in lists[0].sqref
    assert kit.address(path, "3", "status") not in lists[0].sqref


def test_the_star_stands_where_somebody_must_fill_the_column_in(cycle: Cycle) -> None:
    def starred(code: str, only: tuple[str, ...] = ()) -> set[str]:
        with kit.edited(blank(cycle, code, only)) as (sheet, marks):
            heads = {key: str(sheet.cell(marks.head, place).value) for key, place in marks.columns.items()}
        return {key for key, text in heads.items() if text.startswith("*")}

    assert starred("A") == {"progress", "status", "support_progress", "figure"}
    assert starred("A", ("1",)) == {"progress", "status", "figure"}
    assert starred("C") == {"support_progress"}


def test_check_and_counter_know_what_is_asked_of_whom(cycle: Cycle) -> None:
    say = cycle.context.language.say
    with kit.edited(blank(cycle, "A")) as (_, marks):
        rows = marks.rows
    values = load_workbook(blank(cycle, "A"), data_only=True).worksheets[0]
    place = marks.columns["check"]
    lead, support = (str(values.cell(rows[goal], place).value) for goal in ("1", "3"))
    assert lead == say("缺进展情况；缺完成状态；缺数值；", "Progress missing; Status missing; Figure missing;")
    assert support == say("缺配合工作进展；", "Support given missing;")
    path = roles.send(cycle, "A")
    values = load_workbook(path, data_only=True).worksheets[0]
    assert {str(values.cell(rows[goal], place).value) for goal in ("1", "3")} == {"√"}


def test_a_condition_on_a_closed_column_never_holds(cycle: Cycle) -> None:
    """Behind calls for an explanation; a supporter has no status, whatever stands in its grey cell."""
    path = roles.send(cycle, "A")
    kit.type_over(path, "3", "status", roles.CHOICES[cycle.context.language][2])
    assert not [one for one in cycle.validate().findings if one.code[0] in "RVD" and one.goal == "3"]
    with kit.edited(blank(cycle, "A")) as (sheet, marks):
        formula = str(sheet.cell(marks.rows["3"], marks.columns["check"]).value)
        assert kit.address(blank(cycle, "A"), "3", "status") not in formula.replace("$", "")


def test_what_is_handed_to_a_closed_cell_is_not_written(cycle: Cycle) -> None:
    path = roles.send(cycle, "A", {"3": {"progress": "x"}})
    with kit.edited(path) as (sheet, marks):
        assert sheet.cell(marks.rows["3"], marks.columns["progress"]).value is None


def test_spare_rows_are_the_lead_s(tmp_path: Path) -> None:
    cycle = roles.begin(tmp_path, ZH, spare_rows=1)
    with kit.edited(blank(cycle, "A")) as (sheet, marks):
        row = marks.rows["新增1"]
        locked = {key: sheet.cell(row, place).protection.locked for key, place in marks.columns.items()}
    assert locked["support_progress"]
    assert not locked["progress"]


def test_the_instructions_say_for_whom_a_column_is(cycle: Cycle) -> None:
    book = load_workbook(blank(cycle, "A"))
    rows = {str(row[0].value): str(row[2].value) for row in book.worksheets[1].iter_rows() if row[2].value}
    say = cycle.context.language.say
    assert rows[say("进展情况", "Progress")] == say(
        "牵头单位：必填；\n配合单位：不填", "leads: yes;\nsupporters: leave blank"
    )
    assert rows[say("数值", "Figure")] == say("牵头单位：必填；\n配合单位：选填", "leads: yes;\nsupporters: no")
    needed = say("牵头单位：滞后时必填；\n配合单位：选填", "leads: with Behind;\nsupporters: no")
    assert rows[say("情况说明", "Explanation")] == needed


# --- the rules --------------------------------------------------------------------------------------------------------


def test_good_answers_of_both_roles_are_right(cycle: Cycle) -> None:
    for code in "ABC":
        roles.send(cycle, code)
    assert cycle.validate().findings == ()


def test_what_is_required_of_a_role_is_required_of_that_alone(cycle: Cycle) -> None:
    roles.send(cycle, "A", {"1": {"figure": None}, "3": {"support_progress": None, "explanation": "x"}})
    found = {(one.code, one.goal, one.column) for one in kit.found(cycle.validate())}
    assert found == {("R101", "1", "figure"), ("R101", "3", "support_progress")}


def test_a_placeholder_is_one_only_where_words_are_required(cycle: Cycle) -> None:
    none = cycle.context.language.say("无", "none")
    roles.send(cycle, "A", {"1": {"progress": none}, "3": {"support_progress": none}})
    found = {(one.code, one.goal, one.column) for one in kit.found(cycle.validate())}
    assert found == {("R102", "1", "progress"), ("R102", "3", "support_progress")}


def test_a_supporter_is_never_overdue(cycle: Cycle) -> None:
    """Goal 1 was due in June: only the lead says whether it is completed."""
    roles.send(cycle, "A", {"1": {"status": roles.CHOICES[cycle.context.language][1]}})
    roles.send(cycle, "B")
    overdue = kit.found_by(cycle.validate(), "D101")
    assert [(one.department, one.goal) for one in overdue] == [("A", "1")]


def test_lead_and_supporter_are_not_compared_where_one_has_no_status(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    path = roles.send(cycle, "B")
    kit.type_over(path, "1", "status", roles.CHOICES[cycle.context.language][2])
    assert not kit.found_by(cycle.validate(), "X108")


def test_a_column_that_is_closed_in_every_row_need_not_be_there(cycle: Cycle) -> None:
    kit.delete_column(roles.send(cycle, "C"), "status")
    kit.delete_column(roles.send(cycle, "A"), "status")
    assert [one.department for one in kit.found_by(cycle.validate(), "S101")] == ["A"]


# --- what stands in a closed cell -------------------------------------------------------------------------------------


def test_what_was_typed_into_a_closed_cell_is_told_and_not_taken(cycle: Cycle) -> None:
    path = roles.send(cycle, "A")
    kit.type_over(path, "3", "progress", "=1+1 & <b>")
    kit.type_over(path, "3", "status", roles.CHOICES[cycle.context.language][0])
    report = cycle.validate()
    found = {one.column: one for one in kit.found_by(report, "S115")}
    assert set(found) == {"progress", "status"}
    assert found["status"].cell == kit.address(path, "3", "status")
    assert roles.CHOICES[cycle.context.language][0] in found["status"].message
    assert cycle.context.language.say("配合", "support") in found["status"].message
    entry = kit.row_of(report, "3").entry
    assert entry is not None
    assert set(entry.answers) == {"support_progress"}
    assert set(entry.places) == {"support_progress", "figure", "explanation"}
    (record,) = report.share("A").returns
    assert {one.text for one in record.leftovers} >= {roles.CHOICES[cycle.context.language][0]}


def test_a_dash_in_a_closed_cell_says_nothing(cycle: Cycle) -> None:
    path = roles.send(cycle, "A")
    for text, column in (("—", "progress"), (cycle.context.language.say("无", "none"), "status")):
        kit.type_over(path, "3", column, text)
    assert not kit.found(cycle.validate())


def test_a_form_filled_in_only_where_it_is_closed_is_blank(cycle: Cycle) -> None:
    path = roles.send(cycle, "C", {"1": {"support_progress": None}})
    kit.type_over(path, "1", "progress", "x")
    found = {one.code: one for one in kit.found(cycle.validate(), "C")}
    assert set(found) == {"S108", "S115"}
    assert cycle.context.language.say("不由该单位填写", "open to the department") in found["S108"].message


def test_words_in_closed_cells_of_a_newer_return_are_told_though_an_older_row_counts(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    newer = roles.send(cycle, "A", {"3": {"support_progress": None}}, "A-2.xlsx", "2018-07-02 11:00")
    kit.type_over(newer, "3", "progress", "x")
    kit.set_time(newer, "2018-07-02 11:00")
    report = cycle.validate()
    assert [one.file for one in kit.found_by(report, "S115")] == ["inbox/A-2.xlsx"]
    record = kit.row_of(report, "3").record
    assert record is not None
    assert record.file == "inbox/A.xlsx"


def test_the_copy_lists_what_was_not_taken(cycle: Cycle) -> None:
    path = roles.send(cycle, "A")
    kit.type_over(path, "3", "progress", "120")
    healed = heal(cycle.validate(), "A")
    assert "progress" not in healed.answers["3"]
    assert any("120" in remark.message for remark in healed.remarks.remarks)
    assert any(one.text == "120" for _, one in healed.remarks.leftovers)


# --- the master -------------------------------------------------------------------------------------------------------


def test_closed_cells_of_the_master_are_grey(cycle: Cycle) -> None:
    for code in "ABC":
        roles.send(cycle, code)
    cycle.merge()
    master = load_workbook(cycle.settings.master).worksheets[0]
    heads = {str(cell.value): cell.column for row in master.iter_rows(max_row=8) for cell in row if cell.value}
    say = cycle.context.language.say
    progress, name = heads[say("进展情况", "Progress")], heads[say("责任单位", "Department")]
    role = heads[say("角色", "Role")]
    looks = {
        (master.cell(row, name).value, master.cell(row, role).value or ""): master.cell(row, progress).fill.fgColor.rgb
        for row in range(6, master.max_row + 1)
        if master.cell(row, name).value
    }
    third = say("样例丙局", "Third Bureau")
    assert str(looks[third, say("配合", "Support")]).endswith(MASTER_CLOSED)
    lead = say("样例甲局", "Sample Bureau"), say("牵头", "Lead")
    assert not str(looks[lead]).endswith(MASTER_CLOSED)


def test_an_amendment_of_a_closed_cell_meets_nothing(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    kit.amend(cycle, "progress", None, "x", "applied", goal="3")
    report = cycle.validate()
    assert kit.row_of(report, "3").amended == {}
    assert any(cycle.context.language.say("不由单位填报", "not the department's") in one for one in report.remarks)


def test_roles_of_one_who_is_alone(cycle: Cycle) -> None:
    alone = cycle.context.plan.by_key["2"]
    assert cycle.context.role_of(alone, "B") is Role.LEAD
    assert cycle.context.progress(roles.CHOICES[cycle.context.language][0]) is Progress.COMPLETED


# --- in a real office program -----------------------------------------------------------------------------------------


@pytest.mark.office
def test_check_and_counter_say_in_libreoffice_what_python_wrote(cycle: Cycle, office: Office) -> None:
    """Both rows while they are filled in; a choice in a grey cell changes nothing."""
    path, say = blank(cycle, "A"), cycle.context.language.say
    sheet = SHEETS[cycle.context.language][0]
    where = {(goal, key): kit.address(path, goal, key) for goal in "13" for key in ("status", "check", "explanation")}
    behind = roles.CHOICES[cycle.context.language][2]
    with office.open(path) as book:
        book.do("type", sheet, where["1", "status"], behind)
        lead = book.get(sheet, where["1", "check"]).text
        support = book.get(sheet, where["3", "check"]).text
    assert lead == say("缺进展情况；缺数值；缺情况说明；", "Progress missing; Figure missing; Explanation missing;")
    assert support == say("缺配合工作进展；", "Support given missing;")
    whole = roles.send(cycle, "A")
    with office.open(whole) as book:
        assert {book.get(sheet, where[goal, "check"]).text for goal in "13"} == {"√"}
