"""What the master shows of the register's decisions: proposed, applied and contested words, versions, what waits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from masters import Table
from ooxml import lint, validate
from openpyxl import load_workbook
from test_written_workbooks import SPITEFUL

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import digest
from kpi_xlsx.master_amended import AMENDED_LOOKS, Mark
from kpi_xlsx.model import Language


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    cycle = kit.make_cycle(tmp_path / "cycle", request.param)
    kit.send(cycle)
    return cycle


def cell_of(cycle: Cycle, goal: str, column: str) -> Any:
    """A cell of the master, as openpyxl has it."""
    table = Table(load_workbook(cycle.settings.master).worksheets[0])
    return table.sheet.cell(table.row(goal), table.at[column])


def fill_of(cell: Any) -> str | None:
    return str(cell.fill.fgColor.rgb)[2:] if cell.fill.fill_type else None


def remark(cell: Any) -> str:
    return "" if cell.comment is None else str(cell.comment.text)


def say(cycle: Cycle, zh: str, en: str) -> str:
    return cycle.context.language.say(zh, en)


def test_a_proposal_is_shown_in_its_own_colour_with_the_original_in_a_note(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, goal="2")
    cycle.merge()
    cell = cell_of(cycle, "2", "actual")
    assert cell.value == 15
    assert fill_of(cell) == AMENDED_LOOKS[Mark.PENDING]["bg_color"]
    assert cell.border.left.style == "dashed"
    place = say(cycle, "“更正”表第2行", "sheet amendments, row 2")
    for part in ("12", "inbox/A.xlsx", place, say(cycle, "待确认", "To be confirmed")):
        assert part in remark(cell)
    assert place in cell_of(cycle, "2", "review").value
    other = cell_of(cycle, "3", "actual")
    assert (other.value, fill_of(other), remark(other)) == (12, None, "")


def test_an_applied_amendment_is_shown_plainly_with_authority_and_original_in_a_note(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied", goal="2")
    book = load_workbook(cycle.settings.register)
    sheet = book.worksheets[0]
    for title, words in ((say(cycle, "依据", "authority"), "memo 7"), (say(cycle, "批准人", "approved by"), "Chen")):
        sheet.cell(1, sheet.max_column + 1).value = title
        sheet.cell(2, sheet.max_column).value = words
    book.save(cycle.settings.register)
    cycle.merge()
    cell = cell_of(cycle, "2", "actual")
    assert (cell.value, fill_of(cell), cell.border.left.style) == (15, None, "thin")
    for part in ("12", "memo 7", "Chen", say(cycle, "已更正", "Amended")):
        assert part in remark(cell)


@pytest.mark.parametrize("state", ["rejected", "proposed"])
def test_what_was_rejected_or_looks_like_an_accident_is_not_shown(cycle: Cycle, state: str) -> None:
    kit.amend(cycle, "actual", 12, 15, state, goal="2")
    if state == "proposed":
        book = load_workbook(cycle.settings.register)
        sheet = book.worksheets[0]
        sheet.cell(1, sheet.max_column + 1).value = say(cycle, "来源", "found")
        sheet.cell(2, sheet.max_column).value = say(cycle, "疑似误操作", "likely accident")
        book.save(cycle.settings.register)
    cycle.merge()
    cell = cell_of(cycle, "2", "actual")
    assert (cell.value, fill_of(cell), remark(cell)) == (12, None, "")


def test_a_newer_answer_to_an_amended_cell_never_overwrites_it(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied", goal="2")
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"actual": 13}})
    report = cycle.merge()
    assert "X105" in {one.code for one in report.findings}
    cell = cell_of(cycle, "2", "actual")
    assert cell.value == 15
    assert fill_of(cell) == AMENDED_LOOKS[Mark.CONFLICT]["bg_color"]
    for part in ("12", "13", "15", say(cycle, "有冲突", "In conflict")):
        assert part in remark(cell)
    assert "13" in cell_of(cycle, "2", "review").value


def test_a_blank_answer_can_be_amended_and_an_answer_taken_out(cycle: Cycle) -> None:
    kit.amend(cycle, "evidence", None, "minutes", goal="2")
    kit.amend(cycle, "actual", 12, None, goal="3")
    cycle.merge()
    filled, emptied = cell_of(cycle, "2", "evidence"), cell_of(cycle, "3", "actual")
    assert filled.value == "minutes"
    assert say(cycle, "空白", "nothing") in remark(filled)
    assert emptied.value is None
    assert "12" in remark(emptied)


def test_a_legend_names_the_colours(cycle: Cycle) -> None:
    cycle.merge()
    text = str(load_workbook(cycle.settings.master).worksheets[0].cell(3, 1).value)
    for words in (say(cycle, "待确认", "To be confirmed"), say(cycle, "有冲突", "In conflict")):
        assert words in text


def test_an_explanation_by_a_named_person_stands_with_its_reason(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": say(cycle, "已过半", "Half")}})
    code = next(one.code for one in cycle.validate().findings if one.explainable and one.goal == "2")
    row = {
        say(cycle, "单位", "department"): "A",
        say(cycle, "编号", "goal"): "2",
        say(cycle, "代码", "code"): code,
        say(cycle, "理由", "reason"): "short but true",
        say(cycle, "批准人", "by"): "Chen",
    }
    kit.decide(cycle, say(cycle, "免予说明", "waivers"), row)
    report = cycle.merge()
    finding = next(one for one in report.findings if one.code == code)
    assert finding.grounds
    review = cell_of(cycle, "2", "review").value
    assert say(cycle, "已说明", "Explained") in review
    assert "short but true" in review


# --- versions ---------------------------------------------------------------------------------------------------------


def returns(cycle: Cycle) -> list[dict[str, Any]]:
    """The sheet of returns, by English heading."""
    sheet = load_workbook(cycle.settings.master).worksheets[1]
    names = [str(cell.value) for cell in sheet[2]]
    rows: list[dict[str, Any]] = [
        dict(zip(names, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=3)
    ]
    zh = ["版次", "计入汇总", "审核结论", "审核人", "延期至", "文件", "报送情况"]
    en = ["Version", "Counts", "Verdict", "Reviewer", "Extended to", "File", "Return"]
    if cycle.context.language is Language.ZH:
        rows = [{**row, **{e: row[z] for z, e in zip(zh, en, strict=True)}} for row in rows]
    return rows


def file_of(row: dict[str, Any]) -> str:
    return str(row["File"]).rpartition('","')[2].removesuffix('")')


def test_the_sheet_of_returns_tells_versions_fates_and_reviews(cycle: Cycle) -> None:
    kit.send_after_review(cycle)
    kit.decide(
        cycle,
        say(cycle, "延期", "extensions"),
        {say(cycle, "单位", "department"): "B", say(cycle, "延至", "until"): dt.datetime(2018, 7, 20, 12)},
    )
    copy = kit.inbox(cycle, "copy.xlsx")
    copy.write_bytes(kit.inbox(cycle).read_bytes())
    kit.set_time(copy, "2018-07-03 11:00")
    cycle.merge()
    rows = {file_of(row): row for row in returns(cycle)}
    first, held, twin = (rows[f"inbox/{name}.xlsx"] for name in ("A", "A-again", "copy"))
    assert first["Version"] == say(cycle, "第1次", "#1")
    assert first["Counts"] == say(cycle, "是", "yes")
    assert first["Verdict"].startswith(say(cycle, "通过", "passed"))
    assert first["Reviewer"] == say(cycle, "王样例", "Sample Reviewer")
    assert held["Version"] == say(cycle, "第2次", "#2")
    assert held["Counts"] == say(cycle, "暂存待定", "held")
    assert held["Verdict"] is None
    assert "A.xlsx" in twin["Counts"]
    assert rows["inbox/B.xlsx"]["Extended to"] == "2018-07-20 12:00"
    assert cell_of(cycle, "2", "reported").value.splitlines()[1] == say(cycle, "待定", "New held")
    assert "\n" not in cell_of(cycle, "3", "reported").value


def test_a_version_that_was_sent_back_says_so(cycle: Cycle) -> None:
    kit.send_after_review(cycle)
    kit.review(cycle, "sent back", version="A-again.xlsx")
    cycle.merge()
    rows = {file_of(row): row for row in returns(cycle)}
    assert rows["inbox/A-again.xlsx"]["Counts"] == say(cycle, "已退回", "sent back")


def test_an_extension_makes_a_late_return_one_in_time(cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-09 09:00"})
    cycle.merge()
    assert cell_of(cycle, "2", "reported").value == say(cycle, "迟报", "Late")
    row = {say(cycle, "单位", "department"): "A", say(cycle, "延至", "until"): "2018-07-10"}
    kit.decide(cycle, say(cycle, "延期", "extensions"), row)
    cycle.merge()
    assert cell_of(cycle, "2", "reported").value == say(cycle, "已报送", "Reported")
    assert {row["Return"] for row in returns(cycle)} == {say(cycle, "已报送", "Reported")}


# --- the workbook -----------------------------------------------------------------------------------------------------


def merge_awkward_words(cycle: Cycle, column: str) -> None:
    """Amendments and a held return full of text that must not become anything else."""
    for number, text in enumerate(text for text in SPITEFUL if text[0] != "=" and "\x07" not in text):
        goal = "123"[number % 3]
        old = kit.good_answers(cycle, "A")[goal][column]
        kit.amend(cycle, column, old, text, ("proposed", "applied")[number % 2], goal=goal)
    kit.send_again(cycle, {"1": {"evidence": SPITEFUL[0]}, "2": {"evidence": SPITEFUL[3]}, "3": {column: SPITEFUL[5]}})
    kit.review(cycle, version="A.xlsx")
    cycle.merge()


@pytest.mark.ooxml
def test_the_validator_finds_nothing(cycle: Cycle) -> None:
    merge_awkward_words(cycle, "progress")
    assert validate(cycle.settings.master) == []


def test_awkward_words_of_the_register_do_no_harm_and_give_the_same_bytes_again(cycle: Cycle) -> None:
    column = "progress"
    merge_awkward_words(cycle, column)
    assert lint(cycle.settings.master) == []
    shown = {goal: cell_of(cycle, goal, column).value for goal in "123"}
    assert set(shown.values()) <= set(SPITEFUL)
    before = digest(cycle.settings.master)
    cycle.merge()
    assert digest(cycle.settings.master) == before
