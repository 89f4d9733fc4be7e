"""generate, validate, merge over a small cycle: outbox, ledger, master, history, and the same bytes twice."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.demo import run_demo
from kpi_xlsx.files import digest
from kpi_xlsx.ledger import SCHEMA, looked_at
from kpi_xlsx.model import CycleError, Language, PlanError
from kpi_xlsx.report import Report


@pytest.fixture(scope="module", params=["zh", "en"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder after its round."""
    folder: Path = tmp_path_factory.mktemp("demo") / "2018-06 报送 🏮"
    run_demo(folder, Language(request.param))
    return folder


@pytest.fixture
def cycle(finished: Path, tmp_path: Path) -> Cycle:
    """A copy of it to do anything with."""
    shutil.copytree(finished, tmp_path / "cycle")
    return Cycle.load(tmp_path / "cycle")


def headings(cycle: Cycle) -> tuple[dict[str, int], int]:
    """Columns of the master by key (openpyxl counts from 1), and the first row of data."""
    sheet = load_workbook(cycle.settings.master).worksheets[0]
    for cells in sheet.iter_rows():
        marks = {str(cell.value)[1:]: int(cell.column or 0) for cell in cells if str(cell.value).startswith("#")}
        if marks:
            return marks, int(cells[0].row or 0) + 2
    raise AssertionError("the master has no hidden row of keys")


def master_rows(cycle: Cycle) -> list[dict[str, Any]]:
    at, first = headings(cycle)
    sheet = load_workbook(cycle.settings.master).worksheets[0]
    return [
        {key: sheet.cell(row, column).value for key, column in at.items()} for row in range(first, sheet.max_row + 1)
    ]


def codes(report: Report) -> list[tuple[str, str | None, str | None]]:
    return [(one.code, one.department, one.goal) for one in report.findings]


# --- what the demo finds ----------------------------------------------------------------------------------------------


def test_the_demo_finds_exactly_what_was_done_to_its_returns(cycle: Cycle) -> None:
    findings = cycle.validate().findings
    # Parts of its requirements of which the notice itself says nothing.
    assert "JR-07" in {one.goal for one in findings if one.code == "T107" and one.department == "017"}
    found = {(one.code, one.department, one.goal, one.state) for one in findings if one.code not in ("I106", "T107")}
    assert found == {
        ("R101", "017", "JR-04", "open"),
        ("R101", "017", "JR-10", "open"),
        ("D103", "101", None, "open"),
        ("X101", "102", None, "open"),
        ("D101", "103", "JT-01", "open"),
        ("D101", "103", "JT-02", "explained"),
        ("V101", "104", "RS-02", "open"),
        ("V102", "104", "RS-04", "open"),
        ("S107", "104", "RS-03", "open"),
    }


def test_every_answer_stands_in_the_master_whatever_was_done_to_the_return(cycle: Cycle) -> None:
    rows = {(row["department"], row["id"]): row for row in master_rows(cycle)}
    report = cycle.validate()
    names = cycle.context.plan.by_code
    assert len(rows) == len(report.entries) == 31
    for row in report.entries:
        shown = rows[names[row.department].name, row.id]
        for column in cycle.context.template.main.entry:
            answer = None if row.entry is None else row.entry.answers.get(column.key)
            if answer is None:
                assert shown[column.key] is None
            elif isinstance(answer.value, str) or answer.value is None:
                assert shown[column.key] == answer.raw
            else:
                assert shown[column.key] is not None


def test_a_department_without_a_return_keeps_its_rows(cycle: Cycle) -> None:
    missing = cycle.context.plan.by_code["102"].name
    rows = [row for row in master_rows(cycle) if row["department"] == missing]
    assert [row["id"] for row in rows] == ["WL-01", "WL-02", "WL-03"]
    assert {row["reported"] for row in rows} == {cycle.context.language.say("未报送", "Not reported")}


def test_a_supporter_answers_the_same_goal_in_a_row_of_its_own(cycle: Cycle) -> None:
    rows = [row for row in master_rows(cycle) if row["id"] == "JR-08"]
    assert [row["role"] for row in rows] == list(cycle.context.language.say("牵头|配合", "Lead|Support").split("|"))
    assert rows[0]["progress"] != rows[1]["progress"]


def test_provenance_leads_to_file_sheet_cells_and_time(cycle: Cycle) -> None:
    rows = {row["id"]: row for row in master_rows(cycle) if row["department"] == cycle.context.plan.by_code["105"].name}
    row = rows["JX-02"]
    source = cycle.settings.folder / row["file"]
    assert digest(source) == row["sha256"]
    first, _, last = row["cells"].partition(":")
    sheet = load_workbook(source)[row["sheet"]]
    assert sheet[first].value == row["progress"]
    assert sheet[last].row == sheet[first].row
    assert row["received"].startswith("2018-07-03 21:20")


def test_given_cells_come_from_the_plan_and_not_from_the_return(cycle: Cycle) -> None:
    row = next(row for row in master_rows(cycle) if row["id"] == "RS-03")
    assert "15" in row["requirement"]
    finding = next(one for one in cycle.validate().findings if one.code == "S107")
    assert "15" in finding.message
    assert "12" in finding.message


def test_json_has_the_keys_of_the_contract(cycle: Cycle) -> None:
    data = cycle.validate().to_dict()
    assert {"file", "department", "status", "counts", "sha256", "received"} <= data["returns"][0].keys()
    assert data["returns"][0]["received"] == "2018-07-03T09:20:00+08:00"
    wanted = "code|name|kind|severity|state|message|hint|file|department|goal|column|sheet|cell"
    assert all("|".join(one) == wanted for one in data["findings"])
    assert all("\\" not in (one["file"] or "") for one in data["findings"])


# --- generate ---------------------------------------------------------------------------------------------------------


def test_generating_again_leaves_identical_forms(cycle: Cycle) -> None:
    before = {path.name: (digest(path), path.stat().st_mtime_ns) for path in cycle.settings.outbox.glob("*.xlsx")}
    outbox = cycle.fill_outbox()
    assert outbox.unchanged == len(outbox.forms) == 6
    after = {path.name: (digest(path), path.stat().st_mtime_ns) for path in cycle.settings.outbox.glob("*.xlsx")}
    assert after == before


def test_a_form_that_differs_moves_to_old_and_is_not_lost(cycle: Cycle) -> None:
    form = next(cycle.settings.outbox.glob("017-*.xlsx"))
    fresh = digest(form)
    form.write_bytes(b"somebody's own version")
    assert [path.name for path in cycle.fill_outbox(["017"]).moved] == [form.name]
    form.write_bytes(b"another one")
    cycle.generate()
    assert digest(form) == fresh
    kept = sorted(path.read_bytes() for path in (cycle.settings.outbox / "old").iterdir())
    assert kept == [b"another one", b"somebody's own version"]


def test_forms_of_departments_that_left_the_plan_move_to_old(cycle: Cycle) -> None:
    stale = cycle.settings.outbox / f"999-gone-{cycle.context.period.stamp}.xlsx"
    stale.write_bytes(b"old")
    cycle.generate(["017"])
    assert stale.exists(), "a run for one department says nothing about the others"
    cycle.generate()
    assert not stale.exists()
    assert (cycle.settings.outbox / "old" / stale.name).exists()


def test_departments_are_named_by_code_name_or_alias(cycle: Cycle, tmp_path: Path) -> None:
    department = cycle.context.plan.by_code["101"]
    for name in ("101", department.name, department.aliases[0]):
        (form,) = cycle.generate([name], out=tmp_path / "elsewhere")
        assert form.name.startswith("101-")
    with pytest.raises(PlanError, match="999"):
        cycle.generate(["999", "017"])


# --- merge and the ledger ---------------------------------------------------------------------------------------------


def test_merging_twice_gives_the_same_bytes(cycle: Cycle) -> None:
    before = digest(cycle.settings.master)
    cycle.merge()
    assert digest(cycle.settings.master) == before
    assert not cycle.settings.history.exists()


def test_the_same_inputs_give_the_same_bytes_in_another_folder(cycle: Cycle, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "名"
    shutil.copytree(
        cycle.settings.folder, other, ignore=shutil.ignore_patterns("ledger.sqlite", "master.xlsx", "outbox")
    )
    again = Cycle.load(other)
    again.merge()
    assert digest(other / "master.xlsx") == digest(cycle.settings.master)
    assert {p.name: digest(p) for p in again.generate()} == {p.name: digest(p) for p in cycle.generate()}


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same_result(cycle: Cycle, pool: type[ThreadPoolExecutor]) -> None:
    before, serial = digest(cycle.settings.master), cycle.validate()
    with pool(2) as executor:
        report = cycle.merge(executor)
    assert report.findings == serial.findings
    assert report.entries == serial.entries
    assert digest(cycle.settings.master) == before


def test_validate_writes_nothing(cycle: Cycle) -> None:
    def stand() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in cycle.settings.folder.rglob("*")}

    before = stand()
    cycle.validate()
    assert stand() == before


def test_office_columns_survive_and_the_edited_master_is_kept(cycle: Cycle) -> None:
    at, first = headings(cycle)
    master = cycle.settings.master
    book = load_workbook(master)
    sheet = book.worksheets[0]
    note = "=已电话核实，数字无误 <r>&</r>"
    sheet.cell(first + 3, at["verified"]).value = "已电话核实 & <无误>"
    sheet.cell(first + 4, at["remark"]).value = 0.125
    sheet.cell(first + 4, at["verified"]).value = note
    sheet.cell(first + 4, at["verified"]).data_type = "s"
    goals = [sheet.cell(first + offset, at["id"]).value for offset in (3, 4)]
    book.save(master)
    edited = digest(master)
    report = cycle.merge()
    rows = {
        row["id"]: row for row in master_rows(cycle) if row["role"] != cycle.context.language.say("配合", "Support")
    }
    assert rows[goals[0]]["verified"] == "已电话核实 & <无误>"
    assert rows[goals[1]]["remark"] == 0.125
    assert rows[goals[1]]["verified"] == note
    kept = list(cycle.settings.history.glob("master-*.xlsx"))
    assert [digest(path) for path in kept] == [edited]
    assert any(kept[0].name in remark for remark in report.remarks)
    settled = digest(master)
    cycle.merge()
    assert digest(master) == settled, "what was carried over once is carried over again"
    assert len(list(cycle.settings.history.iterdir())) == 1


def test_office_columns_are_followed_by_key_when_the_master_was_sorted(cycle: Cycle) -> None:
    at, first = headings(cycle)
    book = load_workbook(cycle.settings.master)
    sheet = book.worksheets[0]
    last = sheet.max_row
    sheet.cell(last, at["remark"]).value = "最后一行"
    goal = sheet.cell(last, at["id"]).value
    table = [
        [sheet.cell(row, column).value for column in range(1, sheet.max_column + 1)] for row in range(first, last + 1)
    ]
    for row, values in enumerate(reversed(table), first):
        for column, value in enumerate(values, 1):
            sheet.cell(row, column).value = value
    book.save(cycle.settings.master)
    cycle.merge()
    assert master_rows(cycle)[-1]["id"] == goal
    assert master_rows(cycle)[-1]["remark"] == "最后一行"


def test_a_lost_ledger_is_rebuilt_and_the_master_kept(cycle: Cycle) -> None:
    before = digest(cycle.settings.master)
    cycle.settings.ledger.unlink()
    cycle.merge()
    assert digest(cycle.settings.master) == before
    assert [digest(path) for path in cycle.settings.history.iterdir()] == [before]
    with sqlite3.connect(cycle.settings.ledger) as ledger:
        assert ledger.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        counts = {t: ledger.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("files", "rows", "entries")}
    ledger.close()
    assert counts == {"files": 5, "rows": 31, "entries": 26}


@pytest.mark.parametrize("what", ["damaged", "newer", "no database"])
def test_a_ledger_that_cannot_be_used_is_set_aside_with_a_word(cycle: Cycle, what: str) -> None:
    ledger = cycle.settings.ledger
    if what == "damaged":
        body = bytearray(ledger.read_bytes())
        body[4096:12288] = os.urandom(8192)
        ledger.write_bytes(body)
    elif what == "newer":
        connection = sqlite3.connect(ledger)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        ledger.write_bytes(b"this is no database at all, only text" * 40)
    assert cycle.validate().exit_code == 1
    report = cycle.merge()
    assert any("history/" in remark for remark in report.remarks)
    assert list(cycle.settings.history.glob("ledger*.sqlite"))
    assert codes(report) == codes(cycle.validate())


def test_answers_of_a_ledger_from_before_are_read(cycle: Cycle) -> None:
    """An answer got further fields behind those it had; without them it is one that says nothing of them."""
    report = cycle.merge()
    with closing(sqlite3.connect(cycle.settings.ledger)) as db, db:
        for number, answers in db.execute("SELECT id, answers FROM entries").fetchall():
            short = {key: fields[:8] for key, fields in json.loads(answers).items()}
            db.execute("UPDATE entries SET answers = ? WHERE id = ?", (json.dumps(short), number))
    with looked_at(cycle.settings.ledger, cycle.settings.id) as ledger:
        assert ledger is not None
        rows = list(ledger.rows(cycle.context))
    values = [{key: one.value for key, one in row.entry.answers.items()} for row in rows if row.entry]
    assert values == [{key: one.value for key, one in row.entry.answers.items()} for row in report.entries if row.entry]
    assert not any(one.absent or one.why for row in rows if row.entry for one in row.entry.answers.values())


def test_the_file_time_of_the_first_sight_is_remembered(cycle: Cycle) -> None:
    path = next(cycle.settings.inbox.glob("017-*"))
    before = {record.file: record.receipt for record in cycle.validate().returns}
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert {record.file: record.receipt for record in cycle.validate().returns} == before


def test_strict_writes_no_master_while_an_error_is_open(cycle: Cycle) -> None:
    cycle.settings.master.unlink()
    assert cycle.merge(strict=True).exit_code == 1
    assert not cycle.settings.master.exists()
    cycle.merge()
    assert cycle.settings.master.exists()


def test_an_open_master_is_noticed_before_the_work_starts(cycle: Cycle) -> None:
    before = digest(cycle.settings.master)
    lock = cycle.settings.folder / "~$master.xlsx"
    lock.write_bytes(b"x")
    with pytest.raises(CycleError, match=r"master\.xlsx"):
        cycle.merge()
    assert digest(cycle.settings.master) == before


def test_a_master_that_is_no_workbook_is_kept_and_said(cycle: Cycle) -> None:
    cycle.settings.master.write_bytes(b"not a workbook")
    report = cycle.merge()
    assert len(report.remarks) == 2
    assert [path.read_bytes() for path in cycle.settings.history.iterdir()] == [b"not a workbook"]


def test_office_notes_of_a_goal_that_left_the_plan_stay_in_history(cycle: Cycle) -> None:
    at, first = headings(cycle)
    book = load_workbook(cycle.settings.master)
    sheet = book.worksheets[0]
    sheet.cell(first, at["remark"]).value = "keep me"
    sheet.cell(first, at["id"]).value = "GONE-1"
    book.save(cycle.settings.master)
    report = cycle.merge()
    assert any("1" in remark and "history/" in remark for remark in report.remarks)
    assert len(list(cycle.settings.history.iterdir())) == 1


# --- paths and frames -------------------------------------------------------------------------------------------------


def test_named_paths_are_judged_alone(cycle: Cycle, tmp_path: Path) -> None:
    inside = next(cycle.settings.inbox.glob("017-*"))
    outside = tmp_path / "报送 件.xlsx"
    shutil.copy(inside, outside)
    report = cycle.validate(inside)
    assert [record.file for record in report.returns] == [f"inbox/{inside.name}"]
    assert [one.code for one in report.findings if one.severity != "info"] == ["R101", "R101"]
    report = cycle.validate(outside)
    assert [record.file for record in report.returns] == [outside.as_posix()]
    assert {one.department for one in report.findings} == {"017"}


def test_select_and_ignore_decide_the_exit_code(cycle: Cycle) -> None:
    assert {one.code for one in cycle.validate(select=["R"]).findings} == {"R101"}
    assert cycle.validate(select=["D103"]).exit_code == 0
    assert {one.code for one in cycle.validate(select="r101, V102").findings} == {"R101", "V102"}
    assert cycle.validate(ignore=["R", "V", "D", "X"]).exit_code == 0


def test_frames_hold_entries_and_findings(cycle: Cycle) -> None:
    report = cycle.validate()
    entries, findings = report.to_frame("entries"), report.to_frame("findings")
    assert len(entries) == 31
    assert entries.set_index(["department", "id"]).loc[("017", "JR-05"), "actual"] == -12.49
    assert list(findings["code"]) == [one.code for one in report.findings]
    assert set(entries.loc[entries["department"] == "102", "progress"].isna()) == {True}


def test_links_from_the_findings_lead_to_their_cells(cycle: Cycle) -> None:
    book = load_workbook(cycle.settings.master)
    main, findings = book.worksheets[0], book.worksheets[2]
    at, _ = headings(cycle)
    links = [cell for row in findings.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert links
    for link in links:
        target = str(link.value).partition("!")[2].partition('"')[0]
        assert main.cell(main[target].row, at["id"]).value == findings.cell(int(link.row or 0), 5).value


# --- columns and heads moved about ------------------------------------------------------------------------------------


def moved(cycle: Cycle, change: Callable[[Worksheet], None]) -> tuple[Report, Report]:
    """What a return says as it came, and after a change that a person might make to its sheet."""
    path = next(path for path in cycle.settings.inbox.iterdir() if "Development" in path.name or "发展" in path.name)
    before = cycle.validate(path)
    book = load_workbook(path)
    change(book.worksheets[0])
    book.save(path)
    return before, cycle.validate(path)


def entries(report: Report) -> list[tuple[str, dict[str, str]]]:
    return [(row.id, {key: a.raw for key, a in row.entry.answers.items()}) for row in report.entries if row.entry]


def swap(sheet: Worksheet, left: str, right: str, first: int) -> None:
    for row in range(first, sheet.max_row + 1):
        one, other = sheet[f"{left}{row}"], sheet[f"{right}{row}"]
        if not isinstance(one, MergedCell) and not isinstance(other, MergedCell):
            one.value, other.value = other.value, one.value


HARMLESS: dict[str, Callable[[Worksheet], None]] = {
    "two columns changed places": lambda sheet: swap(sheet, "J", "K", 1),
    "two columns of the visible table changed places, the hidden keys did not": lambda sheet: swap(sheet, "J", "O", 5),
    "rows inserted above": lambda sheet: sheet.insert_rows(1, 3),
    "a column inserted": lambda sheet: sheet.insert_cols(5, 1),
    "the hidden column deleted": lambda sheet: sheet.delete_cols(1, 1),
    "the hidden keys deleted": lambda sheet: sheet.delete_rows(4, 1),
    "the heading row deleted": lambda sheet: sheet.delete_rows(5, 1),
    "a heading reworded": lambda sheet: sheet.__setitem__("J5", "?"),
    "the hidden identity deleted": lambda sheet: sheet.__setitem__("A1", None),
    "an id deleted": lambda sheet: sheet.__setitem__("B6", None),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_a_table_that_was_moved_about_is_still_read_right(cycle: Cycle, what: str) -> None:
    before, after = moved(cycle, HARMLESS[what])
    assert entries(after) == entries(before)
    assert after.exit_code == before.exit_code == 0


def test_two_text_columns_whose_headings_contradict_their_keys_are_not_believed(cycle: Cycle) -> None:
    before, after = moved(cycle, lambda sheet: swap(sheet, "I", "N", 5))
    assert {(one.code, one.column) for one in after.findings} >= {("S106", "progress"), ("S106", "explanation")}
    assert not any(one.code in ("S101", "S105") for one in after.findings)
    kept = {"status", "actual", "data_as_of", "completed_on", "evidence"}
    assert entries(after) == [(goal, {k: v for k, v in row.items() if k in kept}) for goal, row in entries(before)]


def test_an_answer_that_begins_like_the_signature_is_still_an_answer(cycle: Cycle) -> None:
    label = cycle.context.template.signature[1]
    text = f"{label}张三。年度任务已完成过半，正在推进。 (more than fifteen characters)"
    _, after = moved(cycle, lambda sheet: sheet.__setitem__("I7", text))
    assert dict(entries(after))["FZ-02"]["progress"] == text


def test_a_number_that_neither_words_nor_mark_bear_out_is_not_believed(cycle: Cycle) -> None:
    """Number of the second goal, hidden mark of the first, name and requirement of none."""

    def retype(sheet: Worksheet) -> None:
        sheet["B6"].value, sheet["E6"].value, sheet["F6"].value = sheet["B7"].value, "?", "?"

    before, after = moved(cycle, retype)
    assert [one.code for one in after.findings if one.code.startswith("S10") and one.severity == "error"] == ["S106"]
    assert [goal for goal, _ in entries(after)] == [goal for goal, _ in entries(before)][1:]
