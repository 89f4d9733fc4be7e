"""docs/a-month.md in both languages: its commands are run, its deeds done, and what it shows is what was printed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import returns_kit as kit
from openpyxl import load_workbook
from story import DOCS, Deeds, Desk, enter, headings, play, plot, type_into

from kpi_xlsx.identity import MARK
from kpi_xlsx.model import Language

PAGES = {Language.EN: DOCS / "a-month.md", Language.ZH: DOCS / "a-month.zh-CN.md"}


# --- what people do in between ----------------------------------------------------------------------------------------


def correct(desk: Desk) -> None:
    """The feedback copy, with a number and a choice where there were none, and a word on the changed cell."""
    (copy,) = desk.cycle.settings.feedback.glob("104-*.xlsx")
    say = desk.language.say
    changes = {
        ("rs-02", "actual"): 12_000,
        ("rs-04", "status"): say("正常推进", "On track"),
    }
    target = desk.cycle.settings.inbox / copy.name
    type_into(copy, changes, target)
    kit.set_time(target, "2018-07-06 16:00")


def extend_and_waive(desk: Desk) -> None:
    if desk.language is Language.ZH:
        enter(desk, EXTENSIONS, 单位="样例发展局", 延至="2018年7月10日", 依据="样例〔2018〕5号")
        reason = "已在专题会上当面说明。"
        enter(desk, WAIVERS, 单位="样例交通局", 编号="JT-01", 代码="D101", 原因=reason, 批准人="李样例")
    else:
        enter(desk, EXTENSIONS, Department="101", Until="2018-07-10", Authority="Sample order no. 5")
        enter(desk, WAIVERS, Department="103", Goal="JT-01", Code="D101", Reason="Told in person.", By="Li (sample)")


EXTENSIONS, WAIVERS = ("延期", "Extensions"), ("免予说明", "Waivers")
REVIEWS, AMENDMENTS = ("审核", "Reviews"), ("更正", "Amendments")


def review(desk: Desk, day: int, version: str | None = None) -> None:
    if desk.language is Language.ZH:
        who = {"单位": "样例经信局", "审核人": "王样例", "日期": dt.date(2018, 7, day), "版次": version}
        enter(desk, REVIEWS, 结论="通过", **who)
    else:
        who = {"Department": "105", "Reviewer": "Wang (sample)", "Date": dt.date(2018, 7, day), "Version": version}
        enter(desk, REVIEWS, Verdict="passed", **who)


def send_another(desk: Desk) -> None:
    (first,) = (one.file for one in desk.cycle.validate().returns if one.department == "105")
    source, say = desk.folder / first, desk.language.say
    target = desk.cycle.settings.inbox / say("经信局补报.xlsx", "Industry Bureau again.xlsx")
    row = next(row for row in desk.cycle.validate().entries if row.department == "105" and row.entry is not None)
    assert row.entry is not None
    words = row.entry.text("progress") + say("另有3家企业完成建档。", " Three more are on file.")
    type_into(source, {(row.id.casefold(), "progress"): words}, target)
    kit.set_time(target, "2018-07-10 09:00")


def pass_the_other(desk: Desk) -> None:
    held = next(one for one in desk.cycle.validate().findings if one.code == "X104")
    version = re.search(r"(第2次|#2) [0-9a-f]{8}", held.hint)
    assert version is not None
    review(desk, 10, version[0])


def edit_and_sort(desk: Desk) -> None:
    book = load_workbook(desk.cycle.settings.master)
    page = book.worksheets[0]
    above, columns = headings(page)
    column = columns[f"{MARK}progress"]
    rows = [row for row in page.iter_rows(min_row=above + 2, values_only=True) if row[0]]
    changed = [list(row) for row in rows]
    edited = 0
    for row in changed:
        if row[column - 1] and edited < 2:
            row[column - 1] = str(row[column - 1]).replace("，", "、", 1).replace(", ", " and ", 1) + "*"
            edited += 1
    for number, row in enumerate(reversed(changed), above + 2):
        for place, value in enumerate(row, 1):
            page.cell(number, place).value = value
    book.save(desk.cycle.settings.master)


def decide(desk: Desk) -> None:
    book = load_workbook(desk.cycle.settings.register)
    page = book[desk.language.say(*AMENDMENTS)]
    above, columns = headings(page)
    say, first = desk.language.say, above + 1
    for number, state in enumerate((say("已采用", "applied"), say("不采用", "rejected")), first):
        page.cell(number, columns[say("状态", "State")]).value = state
        page.cell(number, columns[say("依据", "Authority")]).value = say("主任批示", "Order of the director")
        page.cell(number, columns[say("批准人", "Approved by")]).value = say("陈样例", "Chen (sample)")
    book.save(desk.cycle.settings.register)


DEEDS: Deeds = {
    "the Labour Bureau returns its copy, corrected": correct,
    "the office enters an extension and a waiver": extend_and_waive,
    "the reviewer passes the Industry Bureau": lambda desk: review(desk, 9),
    "the Industry Bureau sends another return": send_another,
    "the reviewer passes the other return too": pass_the_other,
    "the director changes two cells of the master and sorts it": edit_and_sort,
    "one amendment is applied, one rejected": decide,
}


# --- the story --------------------------------------------------------------------------------------------------------


def test_both_pages_tell_the_same() -> None:
    english, chinese = (plot(PAGES[language]) for language in (Language.EN, Language.ZH))
    assert english == chinese
    assert {words for kind, words in english if kind == "deed"} == set(DEEDS)


@pytest.mark.parametrize("language", list(Language))
def test_the_month_goes_as_the_page_says(language: Language, tmp_path: Path) -> None:
    desk = Desk(language, tmp_path)
    play(PAGES[language], DEEDS, desk)
    check_the_end(desk)


def check_the_end(desk: Desk) -> None:
    """What was decided holds, and nothing of it lives in the ledger alone."""
    cycle = desk.cycle
    amended = [one for row in cycle.validate().entries for one in row.amended.values()]
    assert [one.pending for one in amended] == [False]
    assert str(amended[0].value).endswith("*")
    master = cycle.settings.master.read_bytes()
    cycle.settings.ledger.unlink()
    again = desk.cycle.merge()
    assert [one.amended.keys() for one in again.entries if one.amended] == [{"progress"}]
    assert cycle.settings.master.read_bytes() == master
