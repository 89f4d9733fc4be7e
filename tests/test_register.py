"""Reading register.xlsx: what people type, and how; nothing that a person may do to it raises."""

from __future__ import annotations

import datetime as dt
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from biff import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook
from xlsxwriter import Workbook as Writer

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import (
    AMENDMENT_KINDS,
    AMENDMENT_STATES,
    EVERY_GOAL,
    PAPER_WORDS,
    VERDICT_WORDS,
    AmendmentKind,
    AmendmentState,
    Decisions,
    PaperState,
    Place,
    Verdict,
)
from kpi_xlsx.model import Basis, CycleError, Language, match_key
from kpi_xlsx.periods import parse_period
from kpi_xlsx.register import MOST_REMARKS, load_decisions
from kpi_xlsx.register_fields import RegisterSheet
from kpi_xlsx.register_sheets import AMENDMENTS, SHEETS, column_labels
from kpi_xlsx.register_words import KINDS, PAPERS, STATES, VERDICTS, word_key

Cells = Mapping[str, Any]
KINDS_OF_SHEET = {kind.key: kind for kind in SHEETS}


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", request.param)


def load(cycle: Cycle) -> Decisions:
    return load_decisions(cycle.settings.register, cycle.context, cycle.settings.zone)


def grid(kind: RegisterSheet, language: Language, rows: Sequence[Cells]) -> list[list[Any]]:
    """A sheet with all its headings and these rows."""
    head: list[Any] = [field.name(language) for field in kind.fields]
    return [head, *([row.get(field.key) for field in kind.fields] for row in rows)]


def save(cycle: Cycle, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(cycle.settings.register)


def read(cycle: Cycle, kind: str, *rows: Cells) -> Decisions:
    """What is read of a register with one sheet of these rows."""
    sheet, language = KINDS_OF_SHEET[kind], cycle.context.language
    save(cycle, {sheet.name(language): grid(sheet, language, rows)})
    return load(cycle)


def only_remark(decisions: Decisions) -> str:
    (remark,) = decisions.remarks
    return remark


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=kit.ZONE)


AMENDED: Cells = {"department": "A", "goal": "1", "column": "progress", "from": "旧", "to": "新"}
WAIVED: Cells = {"department": "A", "goal": "1", "code": "D101", "reason": "paper went to the mayor", "by": "Li"}


# --- the declaration --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SHEETS, ids=lambda kind: str(kind.key))
def test_every_heading_means_one_column(kind: RegisterSheet) -> None:
    for field in kind.fields:
        for name in (*field.names, *field.synonyms, "".join(field.names), "".join(reversed(field.names))):
            assert kind.headings[match_key(name)] == field.key
    assert all(len(note) <= 255 for field in kind.fields for note in field.note)


def test_every_word_that_is_offered_is_understood() -> None:
    for words, known in (
        (VERDICT_WORDS, VERDICTS),
        (AMENDMENT_KINDS, KINDS),
        (AMENDMENT_STATES, STATES),
        (PAPER_WORDS, PAPERS),
    ):
        for meaning, pair in words.items():
            for text in pair:
                assert known[word_key(text)] is meaning


# --- the book ---------------------------------------------------------------------------------------------------------


def test_no_register_holds_no_decisions(cycle: Cycle) -> None:
    assert load(cycle) == Decisions()


def locked() -> bytes:
    plain, closed = io.BytesIO(), io.BytesIO()
    Workbook().save(plain)
    OOXMLFile(plain).encrypt("secret", closed)
    return closed.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), ("0 字节", "0 bytes")),
        (lambda path: path.mkdir(), ("不是文件", "no file")),
        (lambda path: path.write_bytes(locked()), ("密码", "password")),
        (lambda path: path.write_bytes(written(lambda book: book.add_sheet("Reviews"))), (".xls", ".xls")),
        (lambda path: path.write_text("单位,结论\n", "utf-8"), ("纯文本", "plain text")),
    ],
)
def test_what_is_no_register_is_said_as_what_it_is(
    cycle: Cycle, make: Callable[[Path], object], words: tuple[str, str]
) -> None:
    """And in words about a register: nobody is asked to send it in or to fill in a fresh form."""
    make(cycle.settings.register)
    found = load(cycle)
    assert found.unreadable
    assert cycle.context.language.say(*words) in only_remark(found)
    assert not re.search("报送|send|fresh form", only_remark(found))


@pytest.mark.skipif(sys.platform == "win32", reason="links are a privilege there")
def test_a_link_to_a_register_that_cannot_be_reached_is_no_empty_one(cycle: Cycle) -> None:
    cycle.settings.register.symlink_to(cycle.settings.folder / "unplugged" / "register.xlsx")
    for command in (cycle.merge, cycle.feedback, cycle.make_register):
        with pytest.raises(CycleError, match=r"register\.xlsx"):
            command()
    assert cycle.settings.register.is_symlink()
    assert not cycle.settings.master.exists()


def test_a_register_that_cannot_be_opened_is_said(cycle: Cycle) -> None:
    cycle.settings.register.write_bytes(b"PK\x03\x04 no workbook")
    assert only_remark(load(cycle)).startswith("register.xlsx: ")
    cycle.settings.register.unlink()
    cycle.settings.register.mkdir()
    assert only_remark(load(cycle)).startswith("register.xlsx: ")


@pytest.mark.parametrize("name", ["更正", "amendments", "Amendments", "amendments 更正", "更正Amendments", " 更正 "])
def test_sheets_are_found_by_either_name_or_both(cycle: Cycle, name: str) -> None:
    save(cycle, {"私": [["1"]], name: grid(AMENDMENTS, Language.ZH, [AMENDED])})
    assert len(load(cycle).amendments) == 1
    assert load(cycle).remarks == ()


@pytest.mark.parametrize("above", [0, 3, 9])
def test_headings_stand_among_the_first_ten_rows_in_any_order_and_language(cycle: Cycle, above: int) -> None:
    heads = ["改为 To", "own", "DEPARTMENT", "编号goal", "原值", "Column", "状态", "Kind 类型"]
    rows = [["2018"]] * above + [heads, ["新", "note", "A", "1", "旧", "Progress", "applied", "wording"]]
    column = cycle.context.template.main.by_key["progress"].header
    rows[-1][5] = column
    save(cycle, {"更正": rows})
    (found,) = load(cycle).amendments
    assert (found.old, found.new, found.state, found.kind) == (
        "旧",
        "新",
        AmendmentState.APPLIED,
        AmendmentKind.WORDING,
    )
    assert found.place == Place("更正", above + 2)


def test_deleted_headings_are_said_and_nothing_is_read(cycle: Cycle) -> None:
    save(cycle, {"更正": [["A", "1", "progress", "旧", "新"]]})
    found = load(cycle)
    assert found.amendments == ()
    assert only_remark(found).startswith("register.xlsx: 更正: ")
    save(cycle, {"更正": [["单位", "编号", "列", "原值"], ["A", "1", "progress", "旧"]]})
    found = load(cycle)
    assert found.amendments == ()
    assert cycle.context.language.say("改为", "To") in only_remark(found)


def test_an_amendment_whose_kind_has_lost_its_heading_is_not_applied(cycle: Cycle) -> None:
    """Else what was meant for the public only would change the master."""
    heads = ["单位", "编号", "列", "原值", "改为", None, "状态"]
    save(cycle, {"更正": [heads, ["A", "1", "progress", "旧", "新", "仅公开稿", "已采用"]]})
    found = load(cycle)
    assert found.amendments == ()
    assert "F1" in only_remark(found)


def test_a_sheet_that_never_had_a_deciding_column_is_read_and_that_is_said(cycle: Cycle) -> None:
    save(cycle, {"审核": [["单位", "结论"], ["A", "通过"]]})
    found = load(cycle)
    assert [one.verdict for one in found.reviews] == [Verdict.PASSED]
    assert "kpi-xlsx register" in only_remark(found)


def test_a_heading_that_stands_there_twice_is_said(cycle: Cycle) -> None:
    save(cycle, {"延期": [["单位", "延至", "依据", "延至"], ["A", "2018-07-10", "doc", "2018-07-20"]]})
    found = load(cycle)
    assert found.extensions[0].until == moment("2018-07-10 23:59:59")
    assert "D1" in only_remark(found)


@pytest.mark.parametrize(
    "heads",
    [
        ["* 单位\n（名称）", "1. 版次", "结论：", "审核人（签字）", "审核日期", "★意见"],
        ["Dept", "Version no.", "Verdict *", "Reviewed by", "Date (yyyy-mm-dd)", "Remarks"],
        ["部门/单位", "版本号", "审核结果", "审核员", "时间", "备注"],
    ],
)
def test_headings_with_marks_notes_and_other_words(cycle: Cycle, heads: list[str]) -> None:
    save(cycle, {"审核": [heads, ["A", 2, "通过了", "Li", "2018-07-06", "x"]]})
    found = load(cycle)
    assert found.remarks == ()
    (review,) = found.reviews
    assert (review.department, review.version, review.verdict) == ("A", "2", Verdict.PASSED)
    assert (review.reviewer, review.date, review.remark) == ("Li", dt.date(2018, 7, 6), "x")


SHEETS_IN_OTHER_WORDS: Sequence[tuple[str, str, str, str]] = [
    (name, heads, row, kind)
    for kind, names, heads, row in (
        (
            "amendments",
            "更正|amendments|Amendment|amendments 更正|更正登记表",
            "department goal column from to kind reason authority approved_by consent state|"
            "单位 编号 列 原 新 类型 原因 依据 批准人 书面确认 状态|"
            "单位 目标 项目 原值 改为 类型 原因 依据 批准人 单位书面确认 状态|"
            "部门 目标编号 栏目 更正前 更正后 更正类型 更正原因 批准依据 审批人 部门书面确认 处理状态",
            "A 1 progress x y wording r doc Li c applied",
        ),
        (
            "reviews",
            "审核|reviews|审核登记",
            "department version verdict reviewer date remark|单位 版次 结论 审核人 日期 意见",
            "A 1 passed Li 2018-07-06 x",
        ),
        (
            "waivers",
            "免予说明|waivers",
            "department goal code reason by date|单位 目标 代码 理由 同意人 日期|单位 编号 代码 原因 批准人 日期|"
            "单位 目标 代码 理由 经办人 日期|单位 目标编号 意见代码 免予说明理由 审批人 批准日期",
            "A 1 D101 because Li 2018-07-06",
        ),
        (
            "extensions",
            "延期|extensions",
            "department granted until authority|单位 原期限 延至 批准人|单位 截止时间 延至 文号|"
            "部门名称 原截止时间 延期到 批准依据",
            "A 2018-07-05 2018-07-10 doc",
        ),
        (
            "receipts",
            "收件|receipts|收件登记",
            "file received way by|文件 收到时间 方式 经手人|文件名称 接收时间 接收方式 接收人|文件 日期 渠道 登记人",
            "A.xlsx 2018-07-04 OA Li",
        ),
        (
            "paper",
            "纸质件|paper",
            "department state date by|单位 状态 日期 经手人|单位 核对结果 收到日期 核对人",
            "A 一致 2018-07-06 Li",
        ),
        ("closing", "结账|closing", "date by remark|结账时间 结账人 说明|日期 签发人 备注", "2018-07-20 Li x"),
    )
    for name in names.split("|")
    for heads in heads.split("|")
]


@pytest.mark.parametrize(("name", "heads", "row", "kind"), SHEETS_IN_OTHER_WORDS)
def test_a_register_of_one_sheet_in_whatever_words(cycle: Cycle, name: str, heads: str, row: str, kind: str) -> None:
    save(cycle, {name: [[one.replace("_", " ") for one in heads.split()], row.split()]})
    found = load(cycle)
    assert found.remarks == ()
    lists = {"paper": found.papers, "closing": found.closings, "receipts": found.receipts.by_file}
    assert len(lists[kind] if kind in lists else getattr(found, kind)) == 1
    if kind == "extensions":
        assert (found.extensions[0].until.day, found.extensions[0].authority) == (10, "doc")


def test_a_column_s_own_name_goes_before_another_word_for_it(cycle: Cycle) -> None:
    heads = ["单位", "目标", "编号", "列", "原值", "改为", "状态"]
    save(cycle, {"更正": [heads, ["A", "道路", 1, "progress", "旧", "新", "已采用"]]})
    found = load(cycle)
    assert [one.goal for one in found.amendments] == ["1"]


def test_headings_over_two_rows(cycle: Cycle) -> None:
    rows: list[list[Any]] = [
        ["2018年6月审核登记"],
        ["单位", "审核意见", None, None, "备注"],
        [None, "版次", "结论", "审核人", None],
        ["A", 1, "通过", "Li", "x"],
    ]
    save(cycle, {"审核": rows})
    found = load(cycle)
    (review,) = found.reviews
    assert (review.department, review.version, review.reviewer, review.remark) == ("A", "1", "Li", "x")
    assert found.remarks == ()


def test_cells_merged_downwards_hold_for_every_row_that_they_cover(cycle: Cycle) -> None:
    """But rows that are merged in all their columns are one row that was made taller."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "免予说明"
    for row in (
        ["单位", "编号", "代码", "原因", "批准人"],
        ["A", "1", "D101", "r", "Li"],
        [None, "2", "D102"],
        ["A", "3", "V104", "r", "Li"],
        [],
    ):
        sheet.append(row)
    for area in ("A2:A3", "D2:D3", "E2:E3", "A4:A5", "B4:B5", "C4:C5", "D4:D5", "E4:E5"):
        sheet.merge_cells(area)
    book.save(cycle.settings.register)
    found = load(cycle)
    assert [(one.goal, one.code, one.by) for one in found.waivers] == [
        ("1", "D101", "Li"),
        ("2", "D102", "Li"),
        ("3", "V104", "Li"),
    ]
    assert found.remarks == ()


def test_a_review_whose_date_may_have_lost_its_heading_is_not_applied(cycle: Cycle) -> None:
    """Without its date a blank version would be a later one."""
    save(cycle, {"审核": [["单位", "版次", "结论", "审核人", None], ["A", None, "通过", "Li", "2018-07-06"]]})
    found = load(cycle)
    assert found.reviews == ()
    assert "E1" in only_remark(found)


def test_a_sheet_that_looks_like_one_of_the_register_s_but_is_named_otherwise_is_said(cycle: Cycle) -> None:
    language = cycle.context.language
    review = grid(KINDS_OF_SHEET["reviews"], language, [{"department": "A", "verdict": "通过"}])
    save(cycle, {"六月的": review, "通讯录": [["单位", "姓名", "电话"], ["A", "Li", "0571"]]})
    found = load(cycle)
    assert found.reviews == ()
    assert only_remark(found).startswith("register.xlsx: 六月的: ")
    assert language.say("“审核”", "“Reviews”") in only_remark(found)


def test_blank_sheets_and_rows_with_only_a_department_say_nothing(cycle: Cycle) -> None:
    language = cycle.context.language
    sheets = {
        kind.name(language): grid(kind, language, [{"department": "A"}, {}] if "department" in kind.by_key else [{}])
        for kind in SHEETS
    }
    save(cycle, sheets)
    assert load(cycle) == Decisions()
    save(cycle, {"更正": [], "审核": [["单位", "版次", "结论"]]})
    assert load(cycle) == Decisions()


def test_what_people_fill_in_ahead_says_nothing_yet(cycle: Cycle) -> None:
    begun = {"department": "A", "version": "2", "reviewer": "Li", "goal": "1", "column": "progress"}
    for kind in ("reviews", "amendments", "extensions", "paper"):
        assert read(cycle, kind, begun) == Decisions()
    assert "!C2: " in only_remark(read(cycle, "reviews", {**begun, "remark": "row 9 is odd"}))


def test_many_remarks_are_counted(cycle: Cycle) -> None:
    found = read(cycle, "reviews", *[{"department": f"nobody {number}", "verdict": "通过"} for number in range(150)])
    assert len(found.remarks) == MOST_REMARKS + 1
    assert "50" in found.remarks[-1]


# --- departments, goals, columns --------------------------------------------------------------------------------------


def test_departments_are_known_by_code_name_and_former_name(tmp_path: Path) -> None:
    offices = [{"code": "017", "name": "样例甲局", "alias": "老甲局"}, {"code": "B", "name": "样例乙局"}]
    plan = [{**row, "department": str(row["department"]).replace("A", "017")} for row in kit.goals(Language.ZH)]
    cycle = kit.make_cycle(tmp_path / "cycle", Language.ZH, offices=offices, plan=plan)
    names = ["017", "样例甲局", "老甲局", " 样例 甲局", "０１７", 17]
    found = read(cycle, "reviews", *[{"department": name, "verdict": "通过"} for name in names])
    assert [one.department for one in found.reviews] == ["017"] * 6
    assert found.remarks == ()


def test_an_unknown_department_is_named_with_its_cell_and_the_rest_is_applied(cycle: Cycle) -> None:
    near = cycle.context.plan.departments[0].name
    found = read(
        cycle, "reviews", {"department": near + "x", "verdict": "通过"}, {"department": "B", "verdict": "passed"}
    )
    assert [one.department for one in found.reviews] == ["B"]
    name = cycle.context.language.say("审核", "Reviews")
    assert only_remark(found).startswith(f"register.xlsx: {name}!A2: ")
    assert near in only_remark(found)


@pytest.mark.parametrize("language", list(Language))
def test_goals_are_known_by_id_in_any_width_and_from_spare_rows(tmp_path: Path, language: Language) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language, top="spare_rows = 2")
    spare = cycle.context.spare_ids()[0]
    rows = [{**AMENDED, "goal": goal} for goal in (1, "１", " 1 ", spare)]
    found = read(cycle, "amendments", *rows)
    assert [one.goal for one in found.amendments] == ["1", "1", "1", spare.casefold()]


@pytest.mark.parametrize(("goal", "shown"), [("99", "99"), ("4", "4"), (None, ""), (dt.date(2018, 1, 2), "2018-01-02")])
def test_an_unknown_goal_is_named(cycle: Cycle, goal: object, shown: str) -> None:
    found = read(cycle, "amendments", {**AMENDED, "goal": goal})
    assert found.amendments == ()
    assert "!B2: " in only_remark(found)
    assert shown in only_remark(found)


def test_columns_are_known_by_key_and_heading(cycle: Cycle) -> None:
    table = cycle.context.template.main
    header = table.by_key["growth"].header
    bare = header.partition("（")[0].partition(" (")[0]
    texts = ["growth", header, f"*{header}", f"{bare}(%)", bare.upper()]
    found = read(cycle, "amendments", *[{**AMENDED, "column": text, "from": 1, "to": 2} for text in texts])
    assert {one.column for one in found.amendments} <= {"growth"}
    assert len(found.amendments) >= 4


@pytest.mark.parametrize("text", ["备用", "id", "编号", "No.", "remark", "角色"])
def test_a_column_that_cannot_be_amended_is_named(cycle: Cycle, text: str) -> None:
    found = read(cycle, "amendments", {**AMENDED, "column": text})
    assert found.amendments == ()
    assert "!C2: " in only_remark(found)


def test_columns_of_one_heading_have_labels_of_their_own(cycle: Cycle) -> None:
    labels = column_labels(cycle.context.template.main)
    assert len(set(labels.values())) == len(labels)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        *(
            (text, Verdict.PASSED)
            for text in ("通过", "审核通过", "同意", "pass", "PASSED", "OK", "通过。", "通过 passed")
        ),
        *((text, Verdict.SENT_BACK) for text in ("退回", "退回修改", "returned", "Sent back", "不通过", "未通过")),
        *((text, Verdict.PENDING) for text in ("待定", "pending")),
    ],
)
def test_verdicts_in_every_usual_word(cycle: Cycle, text: str, verdict: Verdict) -> None:
    found = read(cycle, "reviews", {"department": "A", "verdict": text})
    assert [one.verdict for one in found.reviews] == [verdict]
    assert found.remarks == ()


@pytest.mark.parametrize("text", ["也许", "passed?!no", "通过吗", 1, True])
def test_an_unknown_word_is_named_with_those_that_are_known(cycle: Cycle, text: object) -> None:
    found = read(cycle, "reviews", {"department": "A", "verdict": text})
    assert found.reviews == ()
    assert cycle.context.language.say("退回", "sent back") in only_remark(found)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (None, AmendmentState.PROPOSED),
        ("待确认", AmendmentState.PROPOSED),
        *((text, AmendmentState.APPLIED) for text in ("已采用", "采用", "同意", "applied", "Accepted")),
        *((text, AmendmentState.REJECTED) for text in ("不采用", "不同意", "rejected", "作废")),
    ],
)
def test_states_in_every_usual_word(cycle: Cycle, text: str | None, state: AmendmentState) -> None:
    filled = {"authority": "doc", "approved_by": "Li"}
    found = read(cycle, "amendments", {**AMENDED, **filled, "state": text})
    assert [one.state for one in found.amendments] == [state]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("text", "state"),
    [("已收 · 一致", PaperState.MATCHES), ("已收,不一致", PaperState.DIFFERS), ("awaited", PaperState.AWAITED)],
)
def test_papers(cycle: Cycle, text: str, state: PaperState) -> None:
    found = read(cycle, "paper", {"department": "A", "state": text, "date": "7月9日", "by": "Li", "remark": "row 3"})
    (paper,) = found.papers
    assert (paper.state, paper.date, paper.by, paper.remark) == (state, dt.date(2018, 7, 9), "Li", "row 3")


def test_received_alone_does_not_say_whether_the_paper_agrees(cycle: Cycle) -> None:
    assert "!B2: " in only_remark(read(cycle, "paper", {"department": "A", "state": "已收"}))


# --- days and times ---------------------------------------------------------------------------------------------------

DAYS = [
    "2018-07-05",
    "2018/7/5",
    "2018.7.5",
    "2018年7月5日",
    "7月5日",
    "２０１８年７月５日",
    " 2018-07-05 ",
    "二〇一八年七月五日",
    "5 July 2018",
    "20180705",
    20180705,
    43286,
    dt.date(2018, 7, 5),
    dt.datetime(2018, 7, 5),
]
TIMES = [
    "2018-07-05 17:20",
    "2018/7/5 17:20:00",
    "2018年7月5日17时20分",
    "2018年7月5日 17:20",
    "7月5日下午5:20",
    "7月5日 17点20分",
    "２０１８-０７-０５　１７：２０",
    "2018-07-05 5:20 PM",
    "2018-07-05T17:20:00+08:00",
    "2018-07-05T09:20:00Z",
    43286 + (17 * 60 + 20) / 1440,
    dt.datetime(2018, 7, 5, 17, 20),
]


@pytest.mark.parametrize("day", DAYS, ids=repr)
def test_days_in_every_usual_spelling(cycle: Cycle, day: object) -> None:
    found = read(cycle, "reviews", {"department": "A", "verdict": "通过", "date": day})
    assert [one.date for one in found.reviews] == [dt.date(2018, 7, 5)]


@pytest.mark.parametrize("time", TIMES, ids=repr)
def test_times_in_every_usual_spelling(cycle: Cycle, time: object) -> None:
    found = read(cycle, "receipts", {"file": "A.xlsx", "received": time, "way": "OA", "by": "王"})
    receipt = found.receipts.find("inbox/A.xlsx")
    assert receipt is not None
    assert receipt.moment == moment("2018-07-05 17:20")
    assert (receipt.basis, receipt.way, receipt.by) == (Basis.REGISTERED, "OA", "王")


@pytest.mark.parametrize("day", DAYS, ids=repr)
def test_a_bare_day_is_its_first_minute_for_receipts_and_its_end_for_extensions(cycle: Cycle, day: object) -> None:
    receipt = read(cycle, "receipts", {"file": "A.xlsx", "received": day}).receipts.find("inbox/A.xlsx")
    assert receipt is not None
    assert receipt.moment == moment("2018-07-05 00:00")
    found = read(cycle, "extensions", {"department": "A", "until": day, "authority": "doc"})
    assert [one.until for one in found.extensions] == [moment("2018-07-05 23:59:59")]
    assert found.deadline("A", None) == moment("2018-07-05 23:59:59")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("7月10日24:00", "2018-07-11 00:00"),
        ("2018-07-10 12:00", "2018-07-10 12:00"),
        ("7月10日下午5点半", "2018-07-10 17:30"),
    ],
)
def test_extensions_with_a_time(cycle: Cycle, text: str, until: str) -> None:
    found = read(cycle, "extensions", {"department": "A", "until": text, "authority": "doc"})
    assert [one.until for one in found.extensions] == [moment(until)]


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2018-13-05",
        "2018-02-30",
        "25:00",
        "17:20",
        "7月",
        "2018",
        "2018-07-05 25:00",
        "05/07/2018",
        "2081-07-05",
        6.5,
        True,
    ],
)
def test_what_names_no_day_is_named(cycle: Cycle, text: object) -> None:
    found = read(cycle, "receipts", {"file": "A.xlsx", "received": text})
    assert found.receipts.find("inbox/A.xlsx") is None
    assert "!B2: " in only_remark(found)


def test_a_day_without_year_lies_where_the_period_ends_or_behind(cycle: Cycle) -> None:
    """Returns for a year that ends in December come in January."""
    period = parse_period("2018-01/2018-12")
    assert period is not None
    late = Cycle(cycle.settings, replace(cycle.context, period=period))
    days = {"12月28日": dt.date(2018, 12, 28), "1月4日": dt.date(2019, 1, 4)}
    found = read(late, "reviews", *[{"department": "A", "verdict": "通过", "date": day} for day in days])
    assert [one.date for one in found.reviews] == list(days.values())


def test_an_extension_before_the_deadline_is_a_slip(cycle: Cycle) -> None:
    found = read(cycle, "extensions", {"department": "A", "until": "2018-07-01", "authority": "doc"})
    assert found.extensions == ()
    assert "2018-07-05 17:30" in only_remark(found)


def test_the_last_extension_holds_and_one_without_authority_is_said(cycle: Cycle) -> None:
    found = read(
        cycle,
        "extensions",
        {"department": "A", "until": "2018-07-10", "authority": "doc"},
        {"department": "A", "until": "2018-07-12"},
    )
    assert found.deadline("A", None) == moment("2018-07-12 23:59:59")
    assert "!C3: " in only_remark(found)


# --- amendments -------------------------------------------------------------------------------------------------------

FULL = {
    "reason": "r",
    "authority": "doc",
    "approved_by": "Li",
    "consent": "letter",
    "kind": "文字规范",
    "state": "已采用",
}


def test_an_amendment_with_all_it_says(cycle: Cycle) -> None:
    found = read(cycle, "amendments", {**AMENDED, **FULL, "found": "汇总表"})
    (one,) = found.amendments
    assert (one.department, one.goal, one.column, one.old, one.new) == ("A", "1", "progress", "旧", "新")
    assert (one.reason, one.authority, one.approved_by, one.consent) == ("r", "doc", "Li", "letter")
    assert one.kind is AmendmentKind.WORDING
    assert not one.doubtful
    assert one.place == Place(cycle.context.language.say("更正", "Amendments"), 2)
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("疑似误操作", True),
        ("likely accident", True),
        ("汇总表", False),
        ("master", False),
        (None, False),
        ("王某", False),
    ],
)
def test_where_an_amendment_was_found(cycle: Cycle, text: str | None, doubtful: bool) -> None:
    (one,) = read(cycle, "amendments", {**AMENDED, "found": text}).amendments
    assert one.doubtful is doubtful


@pytest.mark.parametrize(
    ("column", "typed", "value"),
    [
        ("actual", 6.8, 6.8),
        ("actual", "6.8", 6.8),
        ("actual", "１２", 12),
        ("data_as_of", "2018-05", dt.date(2018, 5, 1)),
        ("data_as_of", dt.date(2018, 5, 1), dt.date(2018, 5, 1)),
        ("completed_on", "2018年6月15日", dt.date(2018, 6, 15)),
        ("progress", 12, "12"),
        ("actual", None, None),
        ("actual", "无", None),
    ],
)
def test_values_are_read_as_their_column_has_them(cycle: Cycle, column: str, typed: Any, value: object) -> None:
    (one,) = read(cycle, "amendments", {**AMENDED, "column": column, "from": "1", "to": typed}).amendments
    assert one.new == value
    assert type(one.new) is type(value) or isinstance(value, int)


@pytest.mark.parametrize(
    ("column", "typed"),
    [("actual", "about six"), ("status", "nearly"), ("completed_on", "soon"), ("data_as_of", "2018-13")],
)
def test_a_new_value_that_its_column_cannot_hold_is_named_and_not_applied(
    cycle: Cycle, column: str, typed: str
) -> None:
    found = read(cycle, "amendments", {**AMENDED, **FULL, "column": column, "to": typed})
    assert found.amendments == ()
    assert "!E2: " in only_remark(found)
    assert typed in only_remark(found)


def test_what_stood_there_may_have_been_unreadable(cycle: Cycle) -> None:
    (one,) = read(cycle, "amendments", {**AMENDED, "column": "actual", "from": "about six", "to": 6}).amendments
    assert one.old == "about six"


def test_a_choice_is_as_the_template_writes_it(cycle: Cycle) -> None:
    choice = cycle.context.template.main.by_key["status"].choices[2]
    (one,) = read(cycle, "amendments", {**AMENDED, "column": "status", "from": None, "to": f" {choice}。"}).amendments
    assert (one.old, one.new) == (None, choice)


def test_a_row_that_changes_nothing_is_named(cycle: Cycle) -> None:
    found = read(cycle, "amendments", {**AMENDED, "from": None, "to": None, "state": "已采用"})
    assert found.amendments == ()
    assert only_remark(found)


@pytest.mark.parametrize(("missing", "cell"), [("authority", "H2"), ("approved_by", "I2"), ("consent", "J2")])
def test_an_applied_figure_lacking_something_is_applied_all_the_same(cycle: Cycle, missing: str, cell: str) -> None:
    row = {**AMENDED, **FULL, "column": "actual", "from": 1, "to": 2, missing: None}
    found = read(cycle, "amendments", row)
    assert [one.state for one in found.amendments] == [AmendmentState.APPLIED]
    assert f"!{cell}: " in only_remark(found)
    assert read(cycle, "amendments", {**row, "state": None}).remarks == ()


def test_words_need_no_consent_unless_they_are_called_figures(cycle: Cycle) -> None:
    row = {**AMENDED, **FULL, "consent": None}
    assert read(cycle, "amendments", row).remarks == ()
    assert "!J2: " in only_remark(read(cycle, "amendments", {**row, "kind": "数据更正"}))


def test_a_given_cell_is_to_be_changed_in_the_plan(cycle: Cycle) -> None:
    found = read(cycle, "amendments", {**AMENDED, **FULL, "column": "requirement"})
    assert len(found.amendments) == 1
    assert any("plan.xlsx" in remark for remark in found.remarks)


# --- waivers and closing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "meant"), [(None, None), ("全部", EVERY_GOAL), ("ALL", EVERY_GOAL), ("*", EVERY_GOAL), (1, "1")]
)
def test_waivers(cycle: Cycle, goal: object, meant: str | None) -> None:
    found = read(cycle, "waivers", {**WAIVED, "goal": goal, "code": "d101", "date": "2018-07-09"})
    (one,) = found.waivers
    assert (one.goal, one.code, one.by, one.date) == (meant, "D101", "Li", dt.date(2018, 7, 9))
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [("reason", None), ("reason", "无"), ("by", None), ("by", "—"), ("code", "D999"), ("code", None), ("goal", "77")],
)
def test_a_waiver_needs_a_named_person_a_reason_and_a_rule(cycle: Cycle, key: str, value: str | None) -> None:
    found = read(cycle, "waivers", {**WAIVED, key: value})
    assert found.waivers == ()
    assert f"!{'ABCDEF'[[field.key for field in KINDS_OF_SHEET['waivers'].fields].index(key)]}2: " in only_remark(found)


def test_closing(cycle: Cycle) -> None:
    found = read(cycle, "closing", {"date": "2018-07-20", "by": "Li", "remark": "done"}, {"date": "2018-07-21"})
    assert [(one.date, one.by, one.remark) for one in found.closings] == [(dt.date(2018, 7, 20), "Li", "done")]
    assert "!B3: " in only_remark(found)


def test_a_version_is_kept_as_it_was_typed(cycle: Cycle) -> None:
    texts = [2, "第2版", "v2", "A-第2版.xlsx", "第2版 3fa9c12b", None]
    found = read(cycle, "reviews", *[{"department": "A", "version": text, "verdict": "通过"} for text in texts])
    assert [one.version for one in found.reviews] == ["2", "第2版", "v2", "A-第2版.xlsx", "第2版 3fa9c12b", ""]


def test_the_same_row_twice_is_two_rows(cycle: Cycle) -> None:
    assert len(read(cycle, "amendments", AMENDED, AMENDED).amendments) == 2


# --- formulas ---------------------------------------------------------------------------------------------------------


def with_formula(cycle: Cycle, cell: str, cached: str) -> Decisions:
    """A review whose cell holds a formula with this cached value."""
    read(cycle, "reviews", {"department": "A", "verdict": "通过", "remark": "x"})
    kit.patch(
        cycle.settings.register,
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(rf'<c r="{cell}"[^>]*>.*?</c>', f'<c r="{cell}" {cached}</c>', text),
    )
    return load(cycle)


def test_results_of_formulas_count(cycle: Cycle) -> None:
    found = with_formula(cycle, "A2", 't="str"><f>B9</f><v>B</v>')
    assert [one.department for one in found.reviews] == ["B"]


@pytest.mark.parametrize("cached", ['t="e"><f>1/0</f><v>#DIV/0!</v>', "><f>1+1</f>"])
def test_errors_are_named_and_cost_only_what_depends_on_them(cycle: Cycle, cached: str) -> None:
    found = with_formula(cycle, "A2", cached)
    assert found.reviews == ()
    assert "!A2: " in only_remark(found)
    found = with_formula(cycle, "F2", cached)
    assert len(found.reviews) == 1
    assert "!F2: " in only_remark(found)


# --- whatever it holds ------------------------------------------------------------------------------------------------

ODD = st.one_of(
    st.none(),
    st.sampled_from(
        ["A", "B", "1", "progress", "actual", "通过", "已采用", "全部", "D101", "2018-07-05", "7月5日", "=1", "\x0b"]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.floats(),
    st.integers(-(10**12), 10**12),
    st.booleans(),
    st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 31)),
)


@pytest.fixture(scope="module")
def one_cycle(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    return kit.make_cycle(tmp_path_factory.mktemp("register") / "cycle", Language.ZH)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cells_are_too_odd(one_cycle: Cycle, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(SHEETS))
    width = len(kind.fields)
    rows = data.draw(st.lists(st.lists(ODD, min_size=width, max_size=width), max_size=6))
    head = [field.names[0] for field in kind.fields]
    book = Writer(str(one_cycle.settings.register), {"strings_to_formulas": False, "nan_inf_to_errors": True})
    sheet = book.add_worksheet(kind.names[0])
    for number, row in enumerate([head, *rows]):
        for place, value in enumerate(row):
            if isinstance(value, dt.date):
                sheet.write_datetime(number, place, value, book.add_format({"num_format": "yyyy-mm-dd"}))
            elif isinstance(value, str):
                sheet.write_string(number, place, value)
            elif value is not None:
                sheet.write(number, place, value)
    book.close()
    found = load(one_cycle)
    for remark in found.remarks:
        assert remark.startswith(f"register.xlsx: {kind.names[0]}")
    assert len(found.remarks) <= MOST_REMARKS + 1


@pytest.fixture(scope="module")
def sound_bytes() -> bytes:
    stream = io.BytesIO()
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "审核"
    for row in (["单位", "结论"], ["A", "通过"]):
        sheet.append(row)
    book.save(stream)
    return stream.getvalue()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_are_too_odd(one_cycle: Cycle, sound_bytes: bytes, data: st.DataObject) -> None:
    body = bytearray(sound_bytes)
    for _ in range(data.draw(st.integers(0, 5))):
        body[int(data.draw(st.floats(0, 1)) * (len(body) - 1))] = data.draw(st.integers(0, 255))
    end = int(data.draw(st.floats(0, 1)) * len(body)) if data.draw(st.booleans()) else None
    one_cycle.settings.register.write_bytes(bytes(body[:end]))
    assert isinstance(load(one_cycle), Decisions)
