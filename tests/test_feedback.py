"""Feedback copies: every fault marked in a fresh form, every answer moved, nothing else wrong when they come back."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from click.testing import CliRunner
from office import Office
from ooxml import lint
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.batch import conclude
from kpi_xlsx.book import OWN_REMARK
from kpi_xlsx.checks import CHECKS
from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.form import Answers, write_form
from kpi_xlsx.form_remarks import LIST_SHEETS, MOST_LINES, MOST_LISTED, Remark, Remarks
from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.healing import CURES, heal
from kpi_xlsx.identity import PAYLOAD
from kpi_xlsx.ledger import looked_at
from kpi_xlsx.model import (
    CycleError,
    Finding,
    Kind,
    Language,
    Leftover,
    PlanError,
    Severity,
    State,
    clip,
    id_key,
    plain,
)
from kpi_xlsx.receipts import from_file_time
from kpi_xlsx.report import Report
from kpi_xlsx.selfcheck import READY, SETTLE
from kpi_xlsx.settling import OFFICE_ONLY
from kpi_xlsx.surveying import Inspected, inspect

EN, ZH = Language.EN, Language.ZH
both_languages = pytest.mark.parametrize("language", list(Language))
Originals = Mapping[Language, Cycle]
Place = tuple[str, str]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    """A cycle in each language in which B has reported and A has not; tests work on copies."""
    folder = tmp_path_factory.mktemp("cycles")
    return {language: kit.make_cycle(folder / language, language) for language in Language}


@pytest.fixture(params=list(Language))
def cycle(request: pytest.FixtureRequest, originals: Originals, tmp_path: Path) -> Cycle:
    return kit.copy_cycle(originals[request.param], tmp_path / "cycle")


def copy_of(cycle: Cycle, code: str = "A") -> Path | None:
    """The copy for a department that `feedback` makes, if any."""
    found = [path for path in cycle.feedback() if path.name.startswith(f"{code}-")]
    assert len(found) < 2
    return found[0] if found else None


def the_copy(cycle: Cycle) -> Path:
    path = copy_of(cycle)
    assert path is not None
    return path


def sent_back(cycle: Cycle, copy: Path, originals: Originals) -> Report:
    """What the same cycle says if the copy is all that ever came from its department."""
    language = cycle.context.language
    fresh = kit.copy_cycle(originals[language], cycle.settings.folder.with_name("fresh"))
    try:
        shutil.copy(copy, kit.inbox(fresh))
        return fresh.validate()
    finally:
        shutil.rmtree(fresh.settings.folder)


def asked(report: Report) -> list[Finding]:
    """What A must do something about."""
    return [
        one
        for one in kit.found(report)
        if one.state is State.OPEN
        and one.severity is not Severity.INFO
        and (one.kind is Kind.FORM or one.explainable)
        and one.code not in OFFICE_ONLY
    ]


def places(findings: list[Finding]) -> set[Place]:
    return {(one.goal, one.column) for one in findings if one.goal and one.column}


def opened(path: Path) -> tuple[Worksheet, kit.Marks]:
    """The fill sheet, to be looked at only."""
    sheet = load_workbook(path).worksheets[0]
    return sheet, kit.Marks.of(sheet)


def marked(path: Path) -> dict[Place, str]:
    """The cells with a thick frame, by goal and column, with their addresses."""
    sheet, marks = opened(path)
    return {
        (goal, column): str(cell.coordinate)
        for goal, row in marks.rows.items()
        for column, place in marks.columns.items()
        if (cell := sheet.cell(row, place)).border.left.style == "thick"
    }


def words(path: Path, *sheets: str) -> str:
    """All text of these sheets, or of the first."""
    book = load_workbook(path)
    found = [book[name] for name in sheets if name in book.sheetnames] or book.worksheets[:1]
    cells = (cell.value for sheet in found for row in sheet.iter_rows() for cell in row)
    return "\n".join(str(value) for value in cells if value is not None)


def comments(path: Path) -> dict[str, str]:
    sheet = load_workbook(path).worksheets[0]
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def answers_in(report: Report) -> dict[Place, str]:
    """What counts for A, cell by cell, in the words of the value or, where there is none, of the original."""
    return {
        (row.id, key): plain(answer.value) if answer.value is not None and not answer.fault else answer.raw
        for row in report.entries
        if row.department == "A" and row.entry
        for key, answer in row.entry.answers.items()
        if answer.error is None and not answer.uncalculated
    }


def good(cycle: Cycle) -> Answers:
    """A's good answers as a form takes them."""
    rows = kit.good_answers(cycle, "A")
    return {goal: {key: value for key, value in row.items() if value is not None} for goal, row in rows.items()}


# --- every rule -------------------------------------------------------------------------------------------------------

RULES = [pytest.param(check.code, language, id=f"{check.code}-{language}") for check in CHECKS for language in Language]


@pytest.mark.parametrize(("code", "language"), RULES)
def test_the_copy_is_right_but_for_what_is_still_wrong(
    code: str, language: Language, originals: Originals, tmp_path: Path
) -> None:
    cycle = kit.copy_cycle(originals[language], tmp_path / "cycle")
    check = next(one for one in CHECKS if one.code == code)
    kit.read_examples(check.words(language).page)["bad"].act(cycle)
    report = cycle.validate()
    copy = copy_of(cycle)
    assert (copy is not None) == bool(asked(report))
    if copy is not None:
        demand_healed(cycle, report, copy, originals)


def demand_healed(cycle: Cycle, report: Report, copy: Path, originals: Originals) -> None:
    """All answers moved; what is wrong when it comes back is what is marked; what is said names cells of the copy."""
    back = sent_back(cycle, copy, originals)
    before, after = answers_in(report), answers_in(back)
    assert after == {place: text for place, text in before.items() if place in after}
    left = asked(back)
    frames = marked(copy)
    blank = {"S108"} if not answers_in(report) else set()
    unsigned = {"S114"} & kit.codes(asked(report))
    assert {one.code for one in kit.found(back) if one.code[0] in "FIS"} == blank | unsigned
    lost = places([one for one in asked(report) if one.code == "V109"]) | (set(before) - set(after))
    assert set(frames) == places([one for one in left if one.code not in unsigned]) | lost
    assert places([one for one in asked(report) if one.code[0] in "RVD"]) <= set(frames)
    text = words(copy, cycle.context.language.say("填报", "Report"), *LIST_SHEETS.values())
    for one in left:
        if (
            one.code not in blank | unsigned and (one.goal, one.column) not in lost
        ):  # of what was lost the old finding is said
            assert one.message in text
            assert one.hint in text
            assert one.cell == frames[str(one.goal), str(one.column)]
    noted = comments(copy)
    assert set(frames.values()) <= set(noted)
    assert all(note.startswith(OWN_REMARK) for note in noted.values())
    assert all(clip(before[place]) in noted[frames[place]] for place in set(before) - set(after))
    for one in asked(report):
        if one.cell and (one.goal, one.column) in lost:  # said again of another cell
            assert not re.search(rf"\b{one.cell}\b", noted[frames[str(one.goal), str(one.column)]])


POOL: tuple[Any, ...] = (
    None, None, None, "kpi-xlsx:", "无", "n/a", "same as above", "x", "约 12", "１２.５", 12, -3.5, 1e300, 0, True,
    dt.date(2018, 6, 15), dt.date(2017, 1, 1), dt.date(2019, 1, 1), "2018-02-30", "2018年6月", "6月底", "30/06/2018",
    "已完成", "正常推进", "滞后", "数据待发布", "未启动", "Completed", "on track", "Behind", "Not started", "基本完成",
    "Work goes on as planned; half of it is done.", "各项工作按计划推进，已完成一半。", "字" * 900, "a\nb", "　",
    "=1+1", "@a",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_typed(seed: int, cycle: Cycle, originals: Originals) -> None:
    pick = random.Random(seed)
    keys = [column.key for column in cycle.context.template.main.entry]
    rows = {goal.key: {key: pick.choice(POOL) for key in keys} for goal in cycle.context.plan.goals_of("A")}
    kit.fill(cycle, "A", kit.inbox(cycle), rows)
    report = cycle.validate()
    demand_healed(cycle, report, the_copy(cycle), originals)


# --- healing ----------------------------------------------------------------------------------------------------------


def maltreat(cycle: Cycle) -> None:
    """Sorted, renamed, without its hidden marks, with a column less and one of their own."""
    kit.sort_backwards(cycle)
    with kit.edited(kit.inbox(cycle)) as (sheet, marks):
        sheet.title = "June"
        for row in marks.rows.values():
            sheet.cell(row, 1).value = None
        sheet.delete_cols(marks.columns["data_as_of"])


HEALED: Mapping[str, tuple[Callable[[Cycle], object], set[Place]]] = {
    "old plan": (kit.send_old_plan, set()),
    "old template": (kit.send_old_template, set()),
    "identity altered": (kit.alter_identity, set()),
    "row deleted": (kit.delete_row, {("2", "progress"), ("2", "status")}),
    "column deleted": (kit.delete_status, {(goal, "status") for goal in "123"}),
    "row twice": (kit.double_row, set()),
    "row added": (kit.add_goal, set()),
    "given cell changed": (kit.rewrite_requirement, set()),
    "number typed over": (kit.renumber, {("1", "progress"), ("1", "status")}),
    "all of it": (maltreat, set()),
}


@pytest.mark.parametrize("deed", HEALED)
def test_what_was_done_to_a_form_is_undone(deed: str, cycle: Cycle, originals: Originals) -> None:
    """The copy lists what was put right, and marks only the cells that are blank now."""
    act, blank = HEALED[deed]
    act(cycle)
    report = cycle.validate()
    copy = the_copy(cycle)
    demand_healed(cycle, report, copy, originals)
    frames = set(marked(copy))
    assert blank <= frames
    # A goal due in June whose status is lost is overdue as well, at the same cell.
    assert {place for place in frames if place[1] not in ("progress", "status")} == set()
    text, say = words(copy), cycle.context.language.say
    cured = [one for one in asked(report) if one.code[0] in "IS"]
    assert cured
    assert all(say(f"收到的表：{one.message}", f"In the return: {one.message}") in text for one in cured)
    if not frames:
        assert say("没有必须修改的格", "no cell must be changed") in text


@both_languages
def test_last_months_form_is_not_moved(language: Language, originals: Originals, tmp_path: Path) -> None:
    cycle = kit.copy_cycle(originals[language], tmp_path / "cycle")
    before = kit.variant(cycle, period="2018-01/2018-05")
    kit.fill(before, "A", kit.inbox(cycle), {"1": {"progress": "MAY MAY MAY MAY"}})
    copy = the_copy(cycle)
    text = words(copy)
    assert "MAY" not in text
    assert "2018-01/2018-05" in text
    assert language.say("另一个报送期", "another period") in text
    assert marked(copy) == {}
    back = sent_back(cycle, copy, originals)
    assert kit.codes(kit.found(back)) == {"S108"}


def test_last_months_form_beside_the_right_one_asks_nothing(cycle: Cycle) -> None:
    kit.send_last_month(cycle)
    kit.fill(cycle, "A", kit.inbox(cycle, "right.xlsx"))
    assert "I102" in kit.codes(kit.found(cycle.validate()))
    assert copy_of(cycle) is None


def test_rows_of_two_returns_come_together(cycle: Cycle, originals: Originals) -> None:
    """Row by row as the master has them: a later blank row does not erase."""
    blank = kit.blank_row(cycle)
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": blank, "3": {"actual": "about 12"}})
    second = kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx"), {"1": blank, "3": blank, "2": {"evidence": "second"}})
    kit.set_time(kit.inbox(cycle), "2018-07-01T09:00")
    kit.set_time(second, "2018-07-02T09:00")
    report = cycle.validate()
    copy = the_copy(cycle)
    demand_healed(cycle, report, copy, originals)
    assert set(marked(copy)) == {("3", "actual")}
    assert answers_in(report)["2", "evidence"] == "second"


def test_an_error_value_stays_blank_and_is_marked_though_it_was_not_required(cycle: Cycle) -> None:
    kit.put_error(cycle)
    copy = the_copy(cycle)
    (place,) = marked(copy).values()
    sheet, _ = opened(copy)
    assert sheet[place].value is None
    assert "#REF!" in comments(copy)[place]
    assert place in comments(copy)[place]


@pytest.mark.parametrize("typed", [18991231, 12, 2018.1, 2018.6, 43266.5, 201806, True])
def test_a_fault_is_not_cured_by_being_copied(typed: Any, cycle: Cycle, originals: Originals) -> None:
    """What is no date as a number may be one as a text: then the cell stays blank, marked, and the remark quotes it."""
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        for column in ("actual", "completed_on", "data_as_of", "status"):
            sheet.cell(marks.rows["1"], marks.columns[column]).value = typed
    demand_healed(cycle, cycle.validate(), the_copy(cycle), originals)


def test_a_formulas_value_moves_as_a_value(cycle: Cycle) -> None:
    kit.put_formula(cycle)
    assert copy_of(cycle) is None  # a formula alone asks nothing
    (copy,) = cycle.feedback(["A"])
    sheet, marks = opened(copy)
    assert sheet.cell(marks.rows["1"], marks.columns["actual"]).value == 12


def test_values_are_what_they_are(cycle: Cycle) -> None:
    typed = {"actual": "１２．５", "data_as_of": "2018年6月", "completed_on": "2018.6.15", "status": None}
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": typed})
    sheet, marks = opened(the_copy(cycle))
    row = [sheet.cell(marks.rows["1"], marks.columns[key]) for key in ("actual", "data_as_of", "completed_on")]
    assert [cell.value for cell in row] == [12.5, dt.datetime(2018, 6, 1), dt.datetime(2018, 6, 15)]
    assert [cell.number_format for cell in row] == ["General", "yyyy-mm", "yyyy-mm-dd"]


# --- who gets one -----------------------------------------------------------------------------------------------------


def test_every_cure_is_of_a_rule_that_asks_something() -> None:
    assert set(CURES) <= {check.code for check in CHECKS if check.severity is not Severity.INFO}


def test_who_is_all_right_gets_none(cycle: Cycle) -> None:
    kit.send(cycle)
    assert cycle.feedback() == []
    assert not cycle.settings.feedback.exists()


def test_who_sent_nothing_gets_one_only_if_named(cycle: Cycle, originals: Originals) -> None:
    say = cycle.context.language.say
    assert cycle.feedback() == []
    (copy,) = cycle.feedback(["A"])
    assert say("还没有收到", "Nothing has come in from you yet") in words(copy)
    assert kit.codes(kit.found(sent_back(cycle, copy, originals))) == {"S108"}
    with pytest.raises(PlanError, match="Nobody"):
        cycle.feedback(["A", "Nobody"])


def test_who_is_named_gets_one_though_all_is_right(cycle: Cycle, originals: Originals) -> None:
    kit.send(cycle)
    name = cycle.context.plan.by_code["A"].name
    (copy,) = cycle.feedback([name])
    assert cycle.context.language.say("目前没有要改的", "Nothing needs to be changed") in words(copy)
    assert kit.found(sent_back(cycle, copy, originals)) == []


def test_an_explained_fact_is_not_asked_for_again(cycle: Cycle) -> None:
    status = cycle.context.template.main.by_key["status"].choices[1]
    row = {"status": status, "completed_on": None, "explanation": cycle.context.language.say("流标", "No bids came.")}
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": row})
    assert copy_of(cycle) is None
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": row, "2": {"progress": None}})
    assert set(marked(the_copy(cycle))) == {("2", "progress")}


def test_a_late_return_is_the_offices_affair(cycle: Cycle) -> None:
    kit.send_late(cycle)
    assert kit.codes(kit.found(cycle.validate())) == {"D103"}
    assert copy_of(cycle) is None


# --- the files --------------------------------------------------------------------------------------------------------


def name(cycle: Cycle, number: int) -> str:
    say = cycle.context.language.say
    return say(f"A-样例甲局-201806-第{number}版.xlsx", f"A-Sample Bureau-201806-v{number}.xlsx")


def lying(cycle: Cycle) -> dict[str, bytes]:
    folder = cycle.settings.feedback
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def test_copies_are_numbered_kept_and_left_alone(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": "about 12"}, "2": {"progress": None}})
    first = cycle.fill_feedback()
    assert [(copy.path.name, copy.unchanged, copy.errors, copy.warnings) for copy in first.copies] == [
        (name(cycle, 2), False, 2, 0)
    ]
    before = lying(cycle)
    again = cycle.fill_feedback()
    assert [(copy.path.name, copy.unchanged) for copy in again.copies] == [(name(cycle, 2), True)]
    assert lying(cycle) == before
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    third = cycle.fill_feedback()
    assert [path.name for path in third.moved] == [name(cycle, 2)]
    after = lying(cycle)
    assert set(after) == {name(cycle, 3), f"old/{name(cycle, 2)}"}
    assert after[f"old/{name(cycle, 2)}"] == before[name(cycle, 2)]
    # Marks are gone once cured; the others stay.
    assert set(marked(cycle.settings.feedback / name(cycle, 3))) == {("2", "progress")}
    kit.send(cycle)
    cured = cycle.fill_feedback()
    assert cured.copies == ()
    assert set(lying(cycle)) == {f"old/{name(cycle, number)}" for number in (2, 3)}
    with looked_at(cycle.settings.ledger, cycle.settings.id) as ledger:
        assert ledger is not None
        kinds = ledger.connection.execute("SELECT kind, name, department FROM outputs ORDER BY id").fetchall()
    assert kinds == [("feedback", name(cycle, number), "A") for number in (2, 3)]


def test_nothing_is_overwritten(cycle: Cycle) -> None:
    """Not a copy that somebody wrote into, nor an old one of the same name, nor a file of their own."""
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    folder = cycle.settings.feedback
    (folder / "old").mkdir(parents=True)
    texts = {
        name(cycle, 4): "edited",
        f"old/{name(cycle, 4)}": "old",
        f"old/{name(cycle, 7)}": "x",
        "mine.xlsx": "mine",
    }
    for place, text in texts.items():
        (folder / place).write_text(text)
    assert [path.name for path in cycle.feedback()] == [name(cycle, 8)]
    bodies = sorted(body for place, body in lying(cycle).items() if place != name(cycle, 8))
    assert bodies == sorted(text.encode() for text in texts.values())
    assert (folder / "mine.xlsx").exists()


def test_naming_one_leaves_the_others_copies(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    cycle.feedback()
    cycle.feedback(["B"])
    assert len(lying(cycle)) == 2


def test_naming_one_twice_makes_one_copy(cycle: Cycle) -> None:
    assert len(cycle.feedback(["A", "A", cycle.context.plan.by_code["A"].name])) == 1
    assert set(lying(cycle)) == {name(cycle, 2)}


def test_an_open_copy_is_noticed_before_anything_is_written(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    copy = the_copy(cycle)
    (copy.parent / f"~${copy.name}").write_text("")
    with pytest.raises(CycleError, match=r"~\$"):
        cycle.feedback()


def test_only_the_own_departments_answers(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None, "evidence": "only A's"}})
    kit.fill(cycle, "B", kit.inbox(cycle, "B.xlsx"), {"4": {"status": None, "evidence": "only B's"}})
    texts = {path.name[0]: words(path) for path in cycle.feedback()}
    assert ("only A's" in texts["A"], "only B's" in texts["A"]) == (True, False)
    assert ("only A's" in texts["B"], "only B's" in texts["B"]) == (False, True)


# --- what stands in a copy --------------------------------------------------------------------------------------------


def many(count: int, text: str = "Something is wrong.") -> tuple[Remark, ...]:
    return tuple(Remark(f"{text} {number}", "", "2", "progress", Severity.ERROR) for number in range(count))


@pytest.mark.parametrize(
    ("count", "listed", "frozen"), [(0, 0, True), (3, 0, True), (4, 0, False), (12, 0, False), (13, 1, False)]
)
def test_lines_above_the_table(count: int, listed: bool, frozen: bool, cycle: Cycle, tmp_path: Path) -> None:
    path, language = tmp_path / "copy.xlsx", cycle.context.language
    write_form(path, cycle.context, cycle.settings, "A", {}, Remarks("headline", many(count)))
    book = load_workbook(path)
    assert (LIST_SHEETS[language] in book.sheetnames) == bool(listed)
    assert book.sheetnames[0] == language.say("填报", "Report")
    sheet, marks = opened(path)
    assert sheet.cell(3, 2).value == "headline"
    links = [link for row in range(4, marks.head - 2) if (link := sheet.cell(row, 2).hyperlink)]
    assert len(links) == min(count, MOST_LINES)
    address = kit.address(path, "2", "progress")
    own = [f"'{sheet.title}'!{address}"] * min(count, MOST_LINES - listed)
    assert [link.location for link in links] == own + [f"'{LIST_SHEETS[language]}'!A1"] * listed
    assert isinstance(sheet.freeze_panes, str)
    assert (sheet.freeze_panes[1:] != "1") == frozen
    assert sheet.freeze_panes[1:] in ("1", str(marks.head + 1))


@pytest.mark.parametrize("faulty", [False, True])
def test_the_counter_calls_no_copy_ready_that_marks_faults(faulty: bool, cycle: Cycle) -> None:
    """A date beside a status that is not Completed: nothing required is missing, and yet it was returned."""
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"completed_on": dt.date(2018, 6, 1)}} if faulty else {})
    (copy,) = cycle.fill_feedback(("A",)).copies
    sheet = load_workbook(copy.path, data_only=True).worksheets[0]
    begin = cycle.context.language.say("填报进度", "Progress:")
    (counter,) = (cell for row in sheet for cell in row if str(cell.value).startswith(begin))
    ready = READY[cycle.context.language]
    assert (ready in str(counter.value)) is not faulty
    assert (SETTLE[cycle.context.language] in str(counter.value)) is faulty
    turns_green = any(counter.coordinate in area.sqref for area in sheet.conditional_formatting)
    assert turns_green is not faulty


def test_a_list_has_an_end_and_says_so(cycle: Cycle, tmp_path: Path) -> None:
    path, language = tmp_path / "copy.xlsx", cycle.context.language
    left = (("A.xlsx", Leftover("N7", "", "x")),) * (MOST_LISTED + 7)
    remarks = Remarks("headline", many(MOST_LISTED + 3), left)
    write_form(path, cycle.context, cycle.settings, "A", {}, remarks)
    text = words(path, LIST_SHEETS[language])
    for count in (3, 7):
        assert language.say(f"另有 {count} 条", f"{count} more are") in text


def test_what_could_not_be_moved_is_listed(cycle: Cycle, tmp_path: Path, originals: Originals) -> None:
    language = cycle.context.language
    texts = [
        "=1+1",
        "<r>a & b</r>",
        f'{PAYLOAD}["x","y","z","Q","r","s"]',
        "_x0041_",
        "a\x07b",
        "😀" * 20_000,
        "#progress",
    ]
    left = tuple(("A.xlsx June", Leftover(f"N{number}", "Mood", text)) for number, text in enumerate(texts, 1))
    path = tmp_path / "copy.xlsx"
    remarks = Remarks("headline", (), left)
    write_form(path, cycle.context, cycle.settings, "A", good(cycle), remarks, kit.signed(cycle))
    shown = words(path, LIST_SHEETS[language])
    for text in ("=1+1", "<r>a & b</r>", "a\ufffdb", "#progress", "N7", "Mood", "A.xlsx June"):
        assert text in shown
    sheet = load_workbook(path)[LIST_SHEETS[language]]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    with kit.edited(path) as (fill, _):  # even where the hidden identity is lost, the list does not speak for the form
        fill["A1"].value = None
        assert fill.parent is not None
        del fill.parent[HIDDEN_SHEET]
    kit.patch(path, "docProps/custom.xml", lambda text: text.replace(PAYLOAD, "gone:"))
    assert kit.codes(kit.found(sent_back(cycle, path, originals))) == {"I106"}


def test_leftovers_go_from_the_return_into_its_copy(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    left = (Leftover("R6", "Mood", "Good spirits"),)
    seen = [
        Inspected(replace(one.ret, leftovers=left), one.findings) for one in inspect(cycle.context, cycle.arrivals())
    ]
    receipts = {one.ret.file: from_file_time(one.ret.modified) for one in seen}
    done = conclude(cycle.context, seen, receipts, Decisions(), whole=True, zone=kit.ZONE)
    report = Report(cycle.context, dt.UTC, done.returns, done.findings, done.entries)
    (found,) = heal(report, "A").remarks.leftovers
    assert found == (f"A.xlsx {cycle.context.language.say('填报', 'Report')}", left[0])


def test_all_answers_of_a_row_that_was_not_taken_are_listed(cycle: Cycle) -> None:
    """Also the 12 that happens to stand in the plan as a month, in another column."""
    assert "12" in {plain(goal.cells.get("due_month")) for goal in cycle.context.plan.goals_of("A")}
    kit.double_row(cycle)
    copy = the_copy(cycle)
    rows = load_workbook(copy)[LIST_SHEETS[cycle.context.language]].iter_rows(min_col=1, max_col=3, values_only=True)
    with kit.edited(kit.inbox(cycle)) as (sheet, marks):
        second = marks.rows["2"]  # both rows bear the mark; the later one is told from the other here
        columns = [marks.columns[key] for key in ("progress", "status", "actual", "data_as_of")]
        wanted = {sheet.cell(second, column).coordinate for column in columns}
    assert wanted <= {row[0] for row in rows}


SPITEFUL = (
    "<r>a & b</r>",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "_x0041_",
    "a\x07b",
    "😀" * 9000,
    "'\"",
    "{0}{cell}%s",
    "-2+3",
)


@pytest.mark.parametrize("shift", range(3))
def test_spiteful_text_stays_text(shift: int, cycle: Cycle, originals: Originals) -> None:
    """Each of the texts stands in some column of each row."""
    keys = [column.key for column in cycle.context.template.main.entry]
    places = list(enumerate(keys, shift * 3))
    rows = {goal: {key: SPITEFUL[(place + int(goal)) % 9] for place, key in places} for goal in "123"}
    kit.fill(cycle, "A", kit.inbox(cycle), rows)
    report = cycle.validate()
    copy = the_copy(cycle)
    demand_healed(cycle, report, copy, originals)
    sheet, marks = opened(copy)
    formulas = {cell.column for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
    assert formulas == {2, marks.columns["check"]}  # the counter and the Check column


@pytest.mark.parametrize("last", ["share", "code", "evidence"])
def test_a_column_that_a_long_answer_widens_leaves_every_signature_its_place(last: str, cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {last: "字" * 2_000, "progress": None}})
    labels = cycle.context.template.signature
    text = words(the_copy(cycle))
    assert [label for label in labels if label not in text] == []


NARROW = {
    "two columns": ("", "width = 30"),
    "one printed": ("print = false", "width = 30"),
    "tiny": ("width = 2", "width = 2"),
}


@pytest.mark.parametrize(("first", "second"), NARROW.values(), ids=NARROW)
def test_a_form_of_hardly_any_columns_has_a_copy(first: str, second: str, tmp_path: Path) -> None:
    """There is no room for links, nor for all the signatures; all words are there."""
    cycle = kit.make_cycle(tmp_path / "cycle", EN)
    columns = f"""
[[columns]]
key = "id"
header = "No."
source = "plan"
{first}

[[columns]]
key = "note"
header = "Note"
source = "department"
required = true
{second}
"""
    (cycle.settings.folder / kit.DESIGN).write_text(
        f'name = "own"\nversion = 1\nlanguage = "en"\nsignature = ["A:", "B:", "C:"]\n{columns}', "utf-8"
    )
    cycle = Cycle.load(cycle.settings.folder)
    write_form(kit.inbox(cycle), cycle.context, cycle.settings, "A", {"1": {"note": "n/a"}}, signed=kit.signed(cycle))
    copy = the_copy(cycle)
    assert lint(copy) == []
    text = words(copy)
    assert [one.message for one in asked(cycle.validate()) if one.message not in text] == []
    assert [label for label in ("A:", "B:", "C:") if label not in text] == []


def test_addresses_are_those_of_the_copy(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": "about 12"}, "3": {"progress": None}})
    old = {one.cell for one in asked(cycle.validate())}
    copy = the_copy(cycle)
    frames = set(marked(copy).values())
    assert not frames & old
    text = words(copy)
    assert all(cell in text for cell in frames)
    assert not any(cell in text for cell in old if cell)


def test_cells_under_a_mark_are_open_though_the_row_asks_nothing(tmp_path: Path) -> None:
    rows = [{**row, "frequency": "year"} if row["id"] == "2" else row for row in kit.goals(EN)]
    cycle = kit.make_cycle(tmp_path / "cycle", EN, plan=rows)
    path = kit.send(cycle)
    kit.type_over(path, "2", "actual", "about 12")
    sheet, marks = opened(the_copy(cycle))
    assert not sheet.cell(marks.rows["2"], marks.columns["actual"]).protection.locked
    assert sheet.cell(marks.rows["2"], marks.columns["evidence"]).protection.locked


def test_spare_rows_move_too(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", EN)
    design = cycle.settings.folder / kit.DESIGN
    design.write_text("spare_rows = 2\n" + design.read_text("utf-8"), "utf-8")
    cycle = Cycle.load(cycle.settings.folder)
    spare = cycle.context.spare_ids()[1]
    added = {spare: {"name": "Bridges", "progress": "A bridge was built as well.", "actual": "two"}}
    kit.fill(cycle, "A", kit.inbox(cycle), added)
    report = cycle.validate()
    copy = the_copy(cycle)
    (frame,) = [place for place in marked(copy) if place[1] == "actual"]
    assert frame == (id_key(spare), "actual")
    shutil.copy(copy, kit.inbox(cycle))
    assert answers_in(cycle.validate()) == answers_in(report)


# --- the account ------------------------------------------------------------------------------------------------------


def run(cycle: Cycle, *words: str) -> str:
    done = CliRunner().invoke(cli, ["feedback", "-C", str(cycle.settings.folder), *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_account_says_for_whom_and_what_nobody_can_answer(cycle: Cycle) -> None:
    language = cycle.context.language
    kit.fill(
        cycle, "A", kit.inbox(cycle), {"1": {"progress": language.say("进展顺利", "Going")}, "2": {"progress": None}}
    )
    (cycle.settings.inbox / "x.xlsx").write_text("a,b")
    shown = run(cycle)
    assert name(cycle, 2) in shown
    errors, warnings = (SEVERITY_WORDS[severity][language] for severity in (Severity.ERROR, Severity.WARNING))
    assert language.say(f"{errors} 1，{warnings} 1", f"{errors} 1, {warnings} 1") in shown
    assert "inbox/x.xlsx" in shown
    assert "[F102]" in shown
    assert language.say("没有变化 1 份", "0 written, 1 unchanged") in run(cycle)
    kit.send(cycle)
    shown = run(cycle)
    assert language.say("没有要退回修改的表", "Nothing needs to be sent back") in shown
    assert "old/" in shown
    kit.send_blank(cycle)
    assert language.say("空白表", "a blank form") in run(cycle, "--department", "A")


# --- in LibreOffice ---------------------------------------------------------------------------------------------------


@pytest.mark.office
def test_links_lead_to_their_cells_in_libreoffice(cycle: Cycle, office: Office, tmp_path: Path) -> None:
    """It writes down where each leads in its own words: sheet, dot, cell."""
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": "about 12"}, "3": {"progress": None}})
    copy = the_copy(cycle)
    with office.open(copy) as book:
        book.do("save_as", str(tmp_path / "copy.ods"))
    with zipfile.ZipFile(tmp_path / "copy.ods") as archive:
        content = archive.read("content.xml").decode().replace("&apos;", "")
    sheet = cycle.context.language.say("填报", "Report")
    assert set(re.findall(r'xlink:href="#([^"]*)"', content)) == {f"{sheet}.{cell}" for cell in marked(copy).values()}


@pytest.mark.office
def test_a_copy_filled_in_libreoffice_is_clean(cycle: Cycle, office: Office, originals: Originals) -> None:
    language = cycle.context.language
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": "about 12", "status": None}, "3": {"progress": None}})
    copy = the_copy(cycle)
    frames = marked(copy)
    sheet = language.say("填报", "Report")
    typed = {
        frames["1", "actual"]: "12",
        frames["3", "progress"]: language.say("已经种下二百棵树。", "Two hundred trees stand."),
        frames["1", "status"]: cycle.context.template.main.by_key["status"].choices[0],
    }
    target = cycle.settings.folder / "filled.xlsx"
    _, marks = opened(copy)
    last = max(marks.rows.values())
    column = chr(64 + marks.columns["check"])
    with office.open(copy) as book:
        checks = f"{column}{last - 2}:{column}{last}"
        cached = book.do("read", sheet, checks)
        book.do("recalculate")
        assert book.do("read", sheet, checks) == cached
        book.do("type_many", sheet, typed)
        book.do("save_as", str(target))
    assert kit.found(sent_back(cycle, target, originals)) == []
