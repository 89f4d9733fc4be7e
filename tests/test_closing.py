"""Closing a round: what stands against it, what it writes in which order, and what may still change afterwards."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import commands
import pytest
import returns_kit as kit
import year_kit
from closings import (
    DAY,
    close,
    closed,
    closings,
    contents,
    members,
    merge_refused,
    ready,
    refused,
    review,
    type_closing,
)
from masters import opened
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import digest
from kpi_xlsx.model import CycleError, Language
from kpi_xlsx.standing_screen import show_status
from kpi_xlsx.steps import find_steps


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


# --- what it does -----------------------------------------------------------------------------------------------------


def test_a_settled_round_is_closed(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    master = cycle.settings.master.read_bytes()
    done = close(cycle)
    assert done.archive == cycle.settings.folder / "archive" / "201806.zip"
    assert done.index == done.archive.with_suffix(".html")
    assert closings(cycle) == [("2018-07-20", "Li", "")]
    assert cycle.settings.master.read_bytes() == master
    assert done.master.read_bytes() == master
    assert done.master.name == "master-2018-07-20.xlsx"


def test_the_register_keeps_all_else_that_stands_in_it(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    book = load_workbook(cycle.settings.register)
    book.create_sheet("notes")["B7"] = "mine"
    book.save(cycle.settings.register)
    before = cycle.settings.register.read_bytes()
    close(cycle)
    after = load_workbook(cycle.settings.register)
    assert after["notes"]["B7"].value == "mine"
    kept = [path.read_bytes() for path in cycle.settings.history.glob("register-*.xlsx")]
    assert before in kept


def test_a_register_that_is_not_there_is_made(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language, reviewed=())
    cycle.settings.register.unlink()
    close(cycle, reason="all by telephone")
    assert closings(cycle) == [("2018-07-20", "Li", "all by telephone")]


def test_the_inputs_of_a_master_are_kept_beside_it(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    kept = json.loads((cycle.settings.history / "master-2018-07-20.inputs.json").read_text("utf-8"))
    assert kept["master"]["sha256"] == digest(cycle.settings.master)
    assert kept["program"].startswith("kpi-xlsx ")
    for name in ("plan.xlsx", "register.xlsx", "inbox/A.xlsx", "inbox/B.xlsx"):
        assert kept["files"][name] == digest(cycle.settings.folder / name)
    assert f"template/progress-{language}.toml" in kept["files"]
    assert "9f86d081884c7d65" not in json.dumps(kept)


def test_a_round_of_an_earlier_year_can_still_be_closed(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    close(cycle, now=dt.datetime(2031, 1, 2, tzinfo=kit.ZONE))
    assert closings(cycle)[0][0] == "2031-01-02"
    assert cycle.status().finished


# --- what stands against it -------------------------------------------------------------------------------------------


def test_before_any_merge_nothing_is_closed_and_everything_open_is_named(tmp_path: Path, language: Language) -> None:
    cycle = year_kit.begin(tmp_path, "2018-06", language)
    year_kit.report(cycle, "B")
    text = refused(cycle)
    assert "kpi-xlsx merge" in text
    assert language.say("未报送", "not reported") in text
    assert cycle.context.plan.by_code["A"].name in text
    assert '--reason "' in text
    assert "kpi-xlsx merge" in refused(cycle, reason="we must")


def test_all_that_is_open_is_said_at_once_and_a_reason_closes_all_the_same(tmp_path: Path, language: Language) -> None:
    cycle = year_kit.begin(tmp_path, "2018-06", language)
    kit.arrive(cycle, "A.xlsx", "2018-07-04 10:00", {"2": {"progress": None}})
    cycle.merge()
    year_kit.passed(cycle, "A")
    cycle.merge()
    kit.arrive(cycle, "A2.xlsx", "2018-07-05 10:00", {"3": {"actual": 99}})
    kit.amend(cycle, "actual", 12, 15, "proposed")
    cycle.merge()
    lines = refused(cycle).split("\n")
    say = language.say
    assert len([line for line in lines if "R101" in line and cycle.context.plan.by_code["A"].name in line]) == 1
    for words in (
        say("未报送", "not reported"),
        say("又来件待定", "is held"),
        say("更正还没有定", "nobody has decided"),
    ):
        assert sum(words in line for line in lines) == 1, words
    assert "--reason" in lines[-1]
    close(cycle, reason="the year ends")
    assert closings(cycle) == [("2018-07-20", "Li", "the year ends")]


def test_returns_that_nobody_passed_are_named(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language, reviewed=("A",))
    text = refused(cycle)
    assert cycle.context.plan.by_code["B"].name in text
    assert cycle.context.plan.by_code["A"].name not in text


def new_file(cycle: Cycle) -> None:
    kit.inbox(cycle, "more.pdf").write_bytes(b"%PDF-1.4 more")


def lost_file(cycle: Cycle) -> None:
    kit.inbox(cycle, "B.xlsx").unlink()


def other_review(cycle: Cycle) -> None:
    kit.review(cycle, "sent back")


def other_plan(cycle: Cycle) -> None:
    book = load_workbook(cycle.settings.plan)
    sheet = book.worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith(("改造", "Refurbish")))
    cell.value = f"{cell.value}!"
    book.save(cycle.settings.plan)


def other_title(cycle: Cycle) -> None:
    path = cycle.settings.folder / "cycle.toml"
    path.write_text(f'title = "another"\n{path.read_text("utf-8")}', "utf-8")


def typed_into_master(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.sheet.cell(table.rows[0], table.at["remark"]).value = "checked"


@pytest.mark.parametrize("change", [new_file, lost_file, other_review, other_plan, other_title, typed_into_master])
def test_what_changed_since_the_last_merge_must_be_merged_first(
    change: object, tmp_path: Path, language: Language
) -> None:
    cycle = ready(tmp_path, language)
    change(cycle)  # type: ignore[operator]
    cycle = Cycle.load(cycle.settings.folder)
    assert "kpi-xlsx merge" in refused(cycle, reason="we must")
    cycle.merge()
    close(cycle, reason="we must")


def test_a_register_that_cannot_be_read_closes_nothing(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    cycle.settings.register.write_bytes(b"PK cut off")
    assert "register.xlsx" in refused(cycle, reason="we must")


@pytest.mark.parametrize("name", ["register.xlsx", "master.xlsx"])
def test_a_book_that_is_open_in_excel_closes_nothing(name: str, tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    (cycle.settings.folder / f"~${name}").write_bytes(b"")
    assert name in refused(cycle)


def test_a_closed_round_is_not_closed_twice(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    text = refused(cycle, reason="again")
    assert "2018-07-20" in text
    assert "archive/201806.zip" in text


@pytest.mark.parametrize(("by", "reason"), [("无", ""), ("Li", "n/a"), ("Li", "x" * 2000)])
def test_words_that_say_nothing_close_nothing(by: str, reason: str, tmp_path: Path) -> None:
    cycle = ready(tmp_path, Language.EN)
    with pytest.raises(CycleError, match="--"):
        close(cycle, by, reason)
    assert closings(cycle) == []


def test_what_looks_like_a_formula_is_text(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    close(cycle, "=1+1", "=HYPERLINK(1)\n<b>")
    assert closings(cycle) == [("2018-07-20", "=1+1", "=HYPERLINK(1) <b>")]
    book = load_workbook(cycle.settings.register)
    assert not [c for s in book.worksheets for row in s.iter_rows() for c in row if c.data_type == "f"]


# --- a run that ends half-way -----------------------------------------------------------------------------------------


def test_where_the_archive_cannot_lie_nothing_is_written(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    cycle.settings.archive.write_bytes(b"in the way")
    before = contents(cycle)
    with pytest.raises(OSError, match="archive"):
        close(cycle)
    assert contents(cycle) == before


def run(cycle: Cycle, *words: str, most: int = 0) -> subprocess.CompletedProcess[str]:
    """The command in the cycle's language; with `most`, no file may grow over so many bytes."""
    words, language = (*words, "-C", str(cycle.settings.folder)), cycle.context.language
    if not most:
        return commands.run(*words, language=language)

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    command = [sys.executable, "-m", "kpi_xlsx", *words]
    variables = {**os.environ, "PYTHONUTF8": "1", "KPI_XLSX_LANG": str(language)}
    return subprocess.run(command, env=variables, preexec_fn=limit, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of a process")
def test_what_a_full_disk_stopped_is_made_good_by_closing_again(tmp_path: Path, language: Language) -> None:
    cycle = year_kit.begin(tmp_path, "2018-06", language)
    kit.inbox(cycle, "scan.pdf").write_bytes(b"%PDF-1.4" + os.urandom(600_000))
    year_kit.report(cycle, "A")
    year_kit.report(cycle, "B")
    cycle.merge()
    year_kit.passed(cycle, "A", "B")
    cycle.merge()
    done = run(cycle, "close", "--by", "Li", most=500_000)
    assert done.returncode == 2
    assert "201806.zip" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(closings(cycle)) == 1
    assert list(cycle.settings.archive.iterdir()) == []
    assert "kpi-xlsx close" in merge_refused(cycle)
    done = run(cycle, "close", "--by", "Wang")
    assert (done.returncode, done.stderr) == (0, "")
    assert "201806.zip" in done.stdout
    (only,) = closings(cycle)
    assert only[1] == "Li"
    assert len(list(cycle.settings.history.glob("master-*.xlsx"))) == 1
    assert len(list(cycle.settings.history.glob("*.inputs.json"))) == 1


def test_a_closing_that_was_typed_is_archived(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    type_closing(cycle)
    assert "kpi-xlsx close" in merge_refused(cycle)
    assert not cycle.status().finished
    close(cycle)
    assert closings(cycle) == [("2018-07-20", "Wang", "")]
    assert cycle.status().finished


def test_a_typed_closing_of_a_round_that_is_not_settled_needs_its_reason(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language, reviewed=("A",))
    type_closing(cycle)
    assert "--reason" in refused(cycle)
    close(cycle, reason="we must")
    assert [remark for _, _, remark in closings(cycle)] == ["", "we must"]
    assert cycle.status().finished


def test_what_comes_between_a_closing_and_its_archive_is_not_slipped_in(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    type_closing(cycle)
    year_kit.report(cycle, "A", {"2": {"actual": 13}}, "late.xlsx")
    text = refused(cycle, reason="we must")
    assert "late.xlsx" in text
    assert language.say("第", "row ") in text


# --- after the closing ------------------------------------------------------------------------------------------------


def test_a_merge_with_nothing_new_is_refused(tmp_path: Path, language: Language) -> None:
    text = merge_refused(closed(tmp_path, language))
    assert "2018-07-20" in text
    assert "Li" in text
    assert "archive/201806.zip" in text


def test_an_amendment_after_the_closing_is_merged_and_closed_again(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    before = cycle.settings.master.read_bytes()
    kit.amend(cycle, "actual", 12, 15, "applied")
    assert not cycle.status().finished
    assert [step.arguments for step in find_steps(cycle.status()) if step.why] == [("merge",)]
    assert "kpi-xlsx merge" in "\n".join(show_status(cycle.status(), None))
    report = cycle.merge()
    name = cycle.context.plan.by_code["A"].name
    assert any("201806.zip" in remark and name in remark for remark in report.remarks)
    assert cycle.settings.master.read_bytes() != before
    assert (cycle.settings.history / "master-2018-07-20.xlsx").read_bytes() == before
    status = cycle.status()
    assert status.to_dict()["corrected_since"] == 1
    assert [step.arguments for step in find_steps(status) if step.why] == [("close",)]
    shown = "\n".join(show_status(status, None))
    assert language.say("已经汇总", "merged but not archived") in shown
    assert "kpi-xlsx merge" not in shown
    done = close(cycle, "Wang", now=DAY + dt.timedelta(days=9))
    assert done.archive.name == "201806-2.zip"
    assert members(done.archive)["master.xlsx"] == cycle.settings.master.read_bytes()
    assert members(cycle.settings.archive / "201806.zip")["master.xlsx"] == before
    assert [day for day, _, _ in closings(cycle)] == ["2018-07-20", "2018-07-29"]
    assert cycle.status().finished
    assert "201806-2.zip" in merge_refused(cycle)


def test_of_a_correction_that_is_not_merged_no_archive_is_written(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied")
    assert "kpi-xlsx merge" in refused(cycle)


def test_an_amendment_that_is_taken_back_is_a_correction_too(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied")
    cycle.merge()
    close(cycle)
    book = load_workbook(cycle.settings.register)
    cell = next(
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value in ("已采用", "applied")
    )
    cell.value = language.say("不采用", "rejected")
    book.save(cycle.settings.register)
    cycle.merge()
    assert kit.row_of(cycle.validate(), "1").amended == {}


@pytest.mark.parametrize("what", ["proposal", "waiver", "extension", "receipt"])
def test_what_corrects_nothing_is_not_enough(what: str, tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    if what == "proposal":
        kit.amend(cycle, "actual", 12, 15, "proposed")
    elif what == "waiver":
        kit.waive(cycle, "D101", 1, "heard by telephone", "Wang")
    elif what == "extension":
        kit.extend(cycle, "2018-07-30")
    else:
        say = language.say
        row = {say("文件", "file"): "A.xlsx", say("收到时间", "received"): dt.datetime(2018, 7, 9, 9)}
        kit.decide(cycle, say("收件", "receipts"), row)
    assert "2018-07-20" in merge_refused(cycle)
    assert "archive/201806.zip" in refused(cycle)


def test_a_return_that_came_later_counts_only_if_a_review_passes_that_very_one(
    tmp_path: Path, language: Language
) -> None:
    cycle = closed(tmp_path, language)
    year_kit.report(cycle, "A", {"2": {"actual": 13}}, "late.xlsx")
    text = merge_refused(cycle)
    assert "late.xlsx" in text
    assert language.say("移出", "move it out") in text
    assert language.say("通过", "passed") in text
    review(cycle, None)  # of nothing in particular: the return that was closed
    assert "late.xlsx" in merge_refused(cycle)
    review(cycle, "late.xlsx")
    report = cycle.merge()
    entry = kit.row_of(report, "2").entry
    assert entry is not None
    assert entry.value("actual") == 13


def test_one_that_is_sent_back_does_not_count(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    year_kit.report(cycle, "A", {"2": {"actual": 13}}, "late.xlsx")
    review(cycle, "late.xlsx", "sent back")
    entry = kit.row_of(cycle.merge(), "2").entry
    assert entry is not None
    assert entry.value("actual") == 12


def test_one_that_would_count_without_a_pass_is_refused(tmp_path: Path, language: Language) -> None:
    """Nobody was passed when the round was closed, so that a newer return would count by itself."""
    cycle = ready(tmp_path, language, reviewed=())
    close(cycle, reason="we must")
    year_kit.report(cycle, "A", {"2": {"actual": 13}}, "late.xlsx")
    kit.amend(cycle, "actual", 12, 15, "applied", goal="3")
    assert "late.xlsx" in merge_refused(cycle)
    review(cycle, "late.xlsx", "sent back")
    assert "late.xlsx" in merge_refused(cycle)


def test_a_member_of_a_bundle_that_was_archived_is_no_news(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    bundle = Path(shutil.make_archive(str(tmp_path / "bundle"), "zip", cycle.settings.inbox))
    shutil.copy(bundle, kit.inbox(cycle, "bundle.zip"))
    cycle.merge()
    close(cycle)
    kit.amend(cycle, "actual", 12, 15, "applied")
    cycle.merge()


def test_a_decision_of_before_the_closing_that_was_not_there_then_is_refused(
    tmp_path: Path, language: Language
) -> None:
    cycle = closed(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied")
    review(cycle, None, "sent back", dt.date(2018, 7, 6))
    assert "2018-07-06" in merge_refused(cycle)


@pytest.mark.parametrize("change", [other_plan, other_title])
def test_plan_and_settings_must_be_those_of_the_closing(change: object, tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied")
    change(cycle)  # type: ignore[operator]
    name = "plan.xlsx" if change is other_plan else "cycle.toml"
    assert name in merge_refused(Cycle.load(cycle.settings.folder))
    with pytest.raises(CycleError, match=name):
        close(Cycle.load(cycle.settings.folder))


def test_a_comment_in_the_settings_and_a_template_that_moved_are_no_change(tmp_path: Path) -> None:
    cycle = closed(tmp_path, Language.EN)
    kit.amend(cycle, "actual", 12, 15, "applied")
    folder = cycle.settings.folder
    name = "template/progress-en.toml"
    (folder / "template").mkdir()
    (folder / name).write_bytes(members(cycle.settings.archive / "201806.zip")[name])
    path = folder / "cycle.toml"
    path.write_text("# closed\n" + path.read_text("utf-8").replace("progress-en", name), "utf-8")
    Cycle.load(folder).merge()


def test_a_template_that_changed_is_named(tmp_path: Path) -> None:
    cycle = year_kit.begin(tmp_path, "2018-06", Language.EN, template=english_template())
    year_kit.report(cycle, "A")
    year_kit.report(cycle, "B")
    cycle.merge()
    close(cycle, reason="we must")
    kit.amend(cycle, "actual", 12, 15, "applied")
    path = cycle.settings.folder / kit.DESIGN
    path.write_text(path.read_text("utf-8") + "\n# changed\n", "utf-8")
    assert kit.DESIGN in merge_refused(cycle)


def english_template() -> str:
    from kpi_xlsx import resources

    return (resources.folder("templates") / "progress-en.toml").read_text("utf-8")


def test_a_return_that_is_gone_is_missed(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied")
    kit.inbox(cycle, "B.xlsx").unlink()
    assert "inbox/B.xlsx" in merge_refused(cycle)


def test_a_decision_that_is_gone_changes_nothing_in_silence(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied", goal="3")
    cycle.merge()
    close(cycle)
    book = load_workbook(cycle.settings.register)
    sheet = book[language.say("更正", "Amendments")]
    row = next(cell.row for line in sheet.iter_rows() for cell in line if cell.value in ("已采用", "applied"))
    sheet.delete_rows(row)
    book.save(cycle.settings.register)
    kit.amend(cycle, "actual", 12, 15, "applied", goal="1")
    assert cycle.context.template.main.by_key["actual"].header in merge_refused(cycle)


def test_a_master_that_was_changed_after_the_closing_is_not_taken_over(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    kit.amend(cycle, "actual", 12, 15, "applied")
    with opened(cycle) as table:
        table.sheet.cell(table.rows[1], table.at["progress"]).value = "other words, typed later"
    assert "master.xlsx" in merge_refused(cycle)


def test_a_register_without_its_closing_is_another_one(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    cycle.settings.register.unlink()
    assert "archive/201806.zip" in merge_refused(cycle)


def test_an_archive_that_is_damaged_stops_the_merge_and_nothing_else(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    path = cycle.settings.archive / "201806.zip"
    path.write_bytes(path.read_bytes()[:2000])
    assert "201806.zip" in merge_refused(cycle)
    assert any("201806.zip" in remark for remark in cycle.status().remarks)


def test_forms_and_copies_are_written_all_the_same_and_say_so(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    assert any("2018-07-20" in remark for remark in cycle.fill_outbox().remarks)
    assert any("2018-07-20" in remark for remark in cycle.fill_feedback(["A"]).remarks)


# --- on the command line ----------------------------------------------------------------------------------------------


def test_the_command_says_what_it_wrote_and_what_to_do(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language, reviewed=("A",))
    done = run(cycle, "close", "--by", "Li")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--reason" in done.stderr
    done = run(cycle, "close", "--by", "Li", "--reason", "the year ends")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3
    shown = run(cycle, "status").stdout
    assert "archive/201806.zip" in shown
    assert "Li" in shown
    data = json.loads(run(cycle, "status", "--format", "json").stdout)
    assert (data["closed_by"], data["archive"], data["changed_since"]) == ("Li", "archive/201806.zip", False)
    assert run(cycle, "merge").returncode == 2
    assert run(cycle, "validate").returncode == 0


def test_the_steps_lead_to_the_closing_and_beyond(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    assert [step.arguments for step in find_steps(cycle.status(DAY)) if step.why] == [("close",)]
    close(cycle)
    assert [step.arguments for step in find_steps(cycle.status(DAY)) if step.why] == [("next",)]
