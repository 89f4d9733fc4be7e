"""Versions of a department's returns: what a reviewer said of them, and what therefore counts, is held or is asked."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
import returns_kit as kit

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Fate
from kpi_xlsx.model import Language, State
from kpi_xlsx.register import load_decisions
from kpi_xlsx.report import Report, ReturnRecord

CHANGED = {"2": {"actual": 13}}


@pytest.fixture(params=list(Language))
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", request.param)


@pytest.fixture
def thrice(cycle: Cycle) -> Cycle:
    """Three returns of A: the second says something else of goal 2, the third of goal 3."""
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", CHANGED)
    kit.arrive(cycle, "3.xlsx", "2018-07-03 09:00", {"3": {"actual": 14}})
    return cycle


def records(report: Report) -> dict[str, ReturnRecord]:
    return {one.file.removeprefix("inbox/"): one for one in report.returns if one.department == "A"}


def fates(report: Report) -> list[Fate]:
    return [one.fate for _, one in sorted(records(report).items())]


def shown(report: Report, goal: str, column: str = "actual") -> object:
    row = kit.row_of(report, goal)
    return row.entry.value(column) if row.entry is not None else None


IN_PLAY, HELD, DISMISSED, REPEATS = Fate.IN_PLAY, Fate.HELD, Fate.DISMISSED, Fate.REPEATS


def test_without_a_review_the_newest_counts(thrice: Cycle) -> None:
    report = thrice.validate()
    assert fates(report) == [IN_PLAY] * 3
    assert [one.version for _, one in sorted(records(report).items())] == [1, 2, 3]
    assert (shown(report, "2"), shown(report, "3")) == (12, 14)


@pytest.mark.parametrize("version", ["1", 1, "第1次", "#1", "1.xlsx", "inbox/1.xlsx", "INBOX\\1.XLSX"])
def test_a_version_that_was_passed_holds_what_comes_later(thrice: Cycle, version: object) -> None:
    kit.review(thrice, version=version)
    report = thrice.validate()
    assert fates(report) == [IN_PLAY, HELD, HELD]
    assert (shown(report, "2"), shown(report, "3")) == (12, 12)
    held = kit.found_by(report, "X104")
    assert [(one.file, one.goal, one.column) for one in held] == [
        ("inbox/2.xlsx", "2", "actual"),
        ("inbox/3.xlsx", "3", "actual"),
    ]
    assert "“12” → “13”" in held[0].message
    assert held[0].cell is not None
    assert report.exit_code == 0


def test_by_its_sha256_a_version_is_found_whatever_its_number(thrice: Cycle) -> None:
    sha256 = records(thrice.validate())["2.xlsx"].sha256
    assert sha256 is not None
    kit.review(thrice, version=f"第7次 {sha256[:8]}")
    assert fates(thrice.validate()) == [IN_PLAY, IN_PLAY, HELD]


def test_a_later_verdict_on_what_was_held_decides(thrice: Cycle) -> None:
    kit.review(thrice, version=1)
    kit.review(thrice, "passed", version=2)
    report = thrice.validate()
    assert fates(report) == [IN_PLAY, IN_PLAY, HELD]
    assert (shown(report, "2"), shown(report, "3")) == (13, 12)
    kit.review(thrice, "sent back", version=3)
    report = thrice.validate()
    assert fates(report) == [IN_PLAY, IN_PLAY, DISMISSED]
    assert not kit.found_by(report, "X104")


def test_a_pass_that_is_taken_back_lets_all_count(thrice: Cycle) -> None:
    kit.review(thrice, version=1)
    kit.review(thrice, "pending", version=1)
    assert fates(thrice.validate()) == [IN_PLAY] * 3


def test_a_blank_version_means_what_the_last_merge_showed(cycle: Cycle) -> None:
    """The files' own times do not matter, be they later than the review's day or earlier."""
    kit.arrive(cycle, "1.xlsx", "2018-08-20 09:00")
    cycle.merge()
    kit.review(cycle, date=dt.date(2018, 7, 9))
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", CHANGED)
    assert {name: one.fate for name, one in records(cycle.validate()).items()}["1.xlsx"] is IN_PLAY
    assert records(cycle.validate())["1.xlsx"].review is not None
    kit.arrive(cycle, "3.xlsx", "2018-08-21 09:00", {"3": {"actual": 14}})
    report = cycle.merge()
    assert records(report)["3.xlsx"].fate is HELD
    assert records(report)["2.xlsx"].review is None


def test_a_blank_version_is_written_in_so_that_it_stays_what_it_was(cycle: Cycle) -> None:
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    cycle.merge()
    kit.review(cycle)
    cycle.merge()
    cycle.settings.ledger.unlink()
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", CHANGED)
    assert fates(cycle.validate()) == [IN_PLAY, HELD]


def test_a_name_that_comes_to_mean_another_content_passes_nothing(cycle: Cycle) -> None:
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    cycle.merge()
    kit.review(cycle, version="1.xlsx")
    cycle.merge()
    kit.arrive(cycle, "1.xlsx", "2018-07-02 09:00", CHANGED)
    report = cycle.validate()
    assert records(report)["1.xlsx"].review is None
    assert any("1.xlsx" in remark for remark in report.remarks)


def test_what_was_sent_back_without_a_pass_still_counts_until_another_comes(cycle: Cycle) -> None:
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    kit.review(cycle, "sent back", version=1)
    report = cycle.validate()
    assert fates(report) == [IN_PLAY]
    assert shown(report, "2") == 12


def test_the_same_words_in_another_file_ask_nothing(cycle: Cycle) -> None:
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    said = str(kit.good_answers(cycle, "A")["2"]["progress"])
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", {"2": {"progress": f"  {said}\n"}})
    kit.review(cycle, version=1)
    report = cycle.validate()
    assert fates(report) == [IN_PLAY, REPEATS]
    assert not kit.found_by(report, "X104")


def test_a_review_of_what_never_came_is_said(thrice: Cycle) -> None:
    kit.review(thrice, version=9)
    report = thrice.validate()
    assert fates(report) == [IN_PLAY] * 3
    assert len(report.remarks) == 1
    assert "!2" in report.remarks[0]
    assert "9" in report.remarks[0]


def test_reviews_are_left_alone_where_only_some_files_are_looked_at(thrice: Cycle) -> None:
    kit.review(thrice, version=1)
    report = thrice.validate(kit.inbox(thrice, "3.xlsx"))
    assert shown(report, "3") == 14
    assert report.remarks == ()


def test_the_rows_of_what_was_passed_join_as_before(cycle: Cycle) -> None:
    """A partial file that came before the pass belongs to what was passed."""
    blank = kit.blank_row(cycle)
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00", {"3": blank})
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", {"1": blank, "2": blank, "3": {"actual": 14}})
    kit.review(cycle, version=2)
    report = cycle.validate()
    assert fates(report) == [IN_PLAY, IN_PLAY]
    assert (shown(report, "2"), shown(report, "3")) == (12, 14)


def test_what_a_reviewer_saw_is_known_of_each_row(thrice: Cycle) -> None:
    kit.review(thrice, version=1)
    rows = {row.id: row for row in thrice.validate().entries if row.department == "A"}
    assert all(row.reviewed is row.entry for row in rows.values())
    assert [[one.record.file for one in rows[goal].waiting] for goal in "123"] == [
        [],
        ["inbox/2.xlsx"],
        ["inbox/3.xlsx"],
    ]
    kit.review(thrice, version=3)
    rows = {row.id: row for row in thrice.validate().entries if row.department == "A"}
    assert rows["3"].reviewed is not None
    assert rows["3"].reviewed.value("actual") == 14


def test_passing_a_part_decides_nothing_about_what_came_before_it(cycle: Cycle) -> None:
    """The second is held, the third, which answers goal 3 only, is passed: goal 2 stays as the first says."""
    blank = kit.blank_row(cycle)
    kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", {"2": {"actual": 13}, "3": {"actual": 13}})
    kit.arrive(cycle, "3.xlsx", "2018-07-03 09:00", {"1": blank, "2": blank, "3": {"actual": 14}})
    kit.review(cycle, version=1)
    kit.review(cycle, version=3)
    report = cycle.validate()
    assert fates(report) == [IN_PLAY, HELD, IN_PLAY]
    assert (shown(report, "2"), shown(report, "3")) == (12, 14)
    assert [(one.goal, one.file) for one in kit.found_by(report, "X104")] == [("2", "inbox/2.xlsx")]
    rows = {row.id: row for row in report.entries if row.department == "A"}
    assert [bool(rows[goal].waiting) for goal in "123"] == [False, True, False]
    kit.review(cycle, "sent back", version=2)
    report = cycle.validate()
    assert fates(report) == [IN_PLAY, DISMISSED, IN_PLAY]
    assert (shown(report, "2"), shown(report, "3")) == (12, 14)


def test_what_a_newer_passed_one_answers_in_full_is_not_asked_of_again(thrice: Cycle) -> None:
    kit.review(thrice, version=1)
    kit.review(thrice, version=3)
    report = thrice.validate()
    assert fates(report) == [IN_PLAY, REPEATS, IN_PLAY]
    assert not kit.found_by(report, "X104")


# --- which version a review means -------------------------------------------------------------------------------------


def reviewed(cycle: Cycle) -> str:
    """What stands as version in the only review of the register."""
    (review,) = load_decisions(cycle.settings.register, cycle.context, cycle.settings.zone).reviews
    return review.version


@pytest.mark.parametrize("version", ["A-201806.xlsx", "20180705.xlsx", "1", None])
def test_a_review_stays_with_its_content_when_the_file_is_overwritten(cycle: Cycle, version: str | None) -> None:
    """A file's name may look like the beginning of a sha256."""
    name = version if version and version.endswith(".xlsx") else "A-201806.xlsx"
    kit.arrive(cycle, name, "2018-07-01 09:00")
    kit.review(cycle, version=version)
    cycle.merge()
    kit.arrive(cycle, name, "2018-07-02 09:00", CHANGED)
    report = cycle.validate()
    assert records(report)[name].review is None
    assert any("!2" in remark for remark in report.remarks)


def test_a_review_stays_with_its_content_when_the_file_is_renamed(cycle: Cycle) -> None:
    path = kit.arrive(cycle, "A-201806.xlsx", "2018-07-01 09:00")
    kit.review(cycle, version="A-201806.xlsx")
    cycle.merge()
    path.rename(path.with_name("B-201807.xlsx"))
    assert records(cycle.validate())["B-201807.xlsx"].review is not None


@pytest.mark.parametrize("version", ["A2 final.xlsx", "A (2).xlsx", "2018-07-02", "20180702", "2 or 3", "deadbeef"])
def test_a_name_that_is_not_there_means_no_version_by_the_numbers_in_it(thrice: Cycle, version: str) -> None:
    kit.review(thrice, version=version)
    report = thrice.validate()
    assert not any(one.review for one in report.returns)
    assert len(report.remarks) == 1


@pytest.mark.parametrize("version", ["第２次", "2.0", " # 2", "v2", "No. 2", "2nd", "第2版", "2 版"])
def test_a_number_is_understood_as_people_write_it(thrice: Cycle, version: str) -> None:
    kit.review(thrice, version=version)
    assert records(thrice.validate())["2.xlsx"].review is not None


def test_a_name_that_two_contents_bear_means_neither(cycle: Cycle) -> None:
    for folder, changes in (("a", {}), ("b", CHANGED)):
        kit.inbox(cycle, folder).mkdir()
        kit.arrive(cycle, f"{folder}/A.xlsx", "2018-07-01 09:00", changes)
    kit.review(cycle, version="A.xlsx")
    assert not any(one.review for one in cycle.validate().returns)
    kit.review(cycle, version="b/A.xlsx")
    assert records(cycle.validate())["b/A.xlsx"].review is not None


@pytest.mark.parametrize("version", [None, "1", "9 new.xlsx"])
def test_an_older_looking_return_that_appears_after_the_pass_is_asked_about(cycle: Cycle, version: str | None) -> None:
    """Copied from a stick, it bears an old time; what it says where the passed one is blank would count unseen."""
    kit.arrive(cycle, "9 new.xlsx", "2018-07-03 09:00", {"2": kit.blank_row(cycle)})
    kit.review(cycle, version=version)
    cycle.merge()
    kit.arrive(cycle, "old.xlsx", "2018-07-02 09:00", CHANGED)
    (said,) = kit.found_by(cycle.validate(), "X106")
    assert "old.xlsx" in said.message
    say = cycle.context.language.say
    file, moment = say("文件", "file"), say("收到时间", "received")
    rows = ({file: "old.xlsx", moment: "2018-07-02 09:00"}, {file: "9 new.xlsx", moment: "2018-07-03 09:00"})
    kit.decide(cycle, say("收件", "receipts"), *rows)
    report = cycle.validate()
    assert records(report)["9 new.xlsx"].review is not None
    assert not kit.found_by(report, "X106")


def test_what_lay_there_when_another_was_passed_is_not_asked_about(thrice: Cycle) -> None:
    kit.review(thrice, version=3)
    thrice.merge()
    assert "3 " in reviewed(thrice)
    assert not kit.found_by(thrice.validate(), "X106")


# --- the same content -------------------------------------------------------------------------------------------------


def test_the_same_content_under_five_names_counts_once(cycle: Cycle) -> None:
    first = kit.arrive(cycle, "A.xlsx", "2018-07-01 09:00")
    for number in range(4):
        copy = kit.inbox(cycle, f"copy-{number}.xlsx")
        shutil.copy(first, copy)
        kit.set_time(copy, f"2018-07-0{number + 2} 09:00")
    report = cycle.validate()
    assert {name: (one.version, one.counts, one.copy_of) for name, one in records(report).items()} == {
        "A.xlsx": (1, True, None),
        **{f"copy-{number}.xlsx": (1, False, "inbox/A.xlsx") for number in range(4)},
    }
    assert report.findings == ()


def test_an_old_file_that_was_put_back_is_not_taken_for_new(cycle: Cycle) -> None:
    first = kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00", CHANGED)
    again = kit.inbox(cycle, "restored.xlsx")
    shutil.copy(first, again)
    kit.set_time(again, "2018-07-04 09:00")
    report = cycle.validate()
    assert shown(report, "2") == 13
    (said,) = kit.found_by(report, "X106")
    assert "restored.xlsx" in said.message
    kit.register(cycle, {"restored.xlsx": "2018-07-04 09:00"})
    report = cycle.validate()
    assert shown(report, "2") == 12
    assert not kit.found_by(report, "X106")


def test_what_came_in_time_is_not_late_because_it_came_again(cycle: Cycle) -> None:
    first = kit.arrive(cycle, "1.xlsx", "2018-07-01 09:00")
    shutil.copy(first, kit.inbox(cycle, "2.xlsx"))
    kit.register(cycle, {"1.xlsx": "2018-07-04 09:00", "2.xlsx": "2018-07-09 09:00"})
    assert not kit.found_by(cycle.validate(), "D103")


# --- a broken file that a good one outdates ---------------------------------------------------------------------------


@pytest.mark.parametrize(("moment", "state"), [("2018-07-01 09:00", State.EXPLAINED), ("2018-07-03 09:00", State.OPEN)])
def test_a_broken_file_asks_nothing_once_a_good_one_came_later(cycle: Cycle, moment: str, state: State) -> None:
    name = cycle.context.plan.by_code["A"].name
    broken = kit.inbox(cycle, f"{name}.xlsx")
    broken.write_bytes(b"PK\x03\x04 cut off")
    kit.set_time(broken, moment)
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00")
    (finding,) = kit.found_by(cycle.validate(), "F101")
    assert finding.state is state
    assert bool(finding.grounds) == (state is State.EXPLAINED)


def test_a_broken_file_of_nobody_stays_open(cycle: Cycle) -> None:
    broken = kit.inbox(cycle, "scan.xlsx")
    broken.write_bytes(b"PK\x03\x04 cut off")
    kit.set_time(broken, "2018-07-01 09:00")
    kit.arrive(cycle, "2.xlsx", "2018-07-02 09:00")
    assert kit.found_by(cycle.validate(), "F101")[0].state is State.OPEN
