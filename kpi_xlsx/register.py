"""register.xlsx to Decisions: whatever people typed, every row that can be used is, and every other one is named."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.checks import BY_CODE
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import (
    EVERY_GOAL,
    REGISTER,
    Adoption,
    Amendment,
    AmendmentKind,
    AmendmentState,
    Closing,
    Credit,
    Decisions,
    Extension,
    Paper,
    Review,
    Waiver,
)
from kpi_xlsx.headings import Heading
from kpi_xlsx.model import Basis, CellType, Mistake, Role, Scalar, Source, cell_ref, match_key, plain
from kpi_xlsx.periods import END_OF_DAY, show_time
from kpi_xlsx.portions import due_for
from kpi_xlsx.reading import is_placeholder, printable
from kpi_xlsx.receipts import Receipt, Receipts, file_key
from kpi_xlsx.register_cells import RegisterRow, Unusable, merged_downwards
from kpi_xlsx.register_credits import CREDITS, find_figure
from kpi_xlsx.register_fields import Field, RegisterSheet
from kpi_xlsx.register_file import read_register
from kpi_xlsx.register_sheets import AMENDMENTS, CLOSING, EXTENSIONS, PAPER, RECEIPTS, REVIEWS, SHEETS, WAIVERS
from kpi_xlsx.register_words import ADOPTIONS, ALL_GOALS, KINDS, LIKELY_ACCIDENT, PAPERS, STATES, VERDICTS
from kpi_xlsx.template import Column

MOST_REMARKS = 100
"""Of one sheet; beyond them the rest is counted."""

Registered = tuple[str, Receipt]
Decision = Amendment | Extension | Review | Paper | Closing | Waiver | Credit | Registered
Reader = Callable[[RegisterRow, dt.tzinfo], Iterator[Decision | str]]


def load_decisions(path: Path, context: Context, zone: dt.tzinfo) -> Decisions:
    """Read the register; one that is missing or lacks a sheet holds no decisions of that kind. Never raises."""
    try:
        book = read_register(path, context)
    except Unreadable as trouble:
        words = context.language.say(
            f"打不开：{trouble.zh}。里面的决定一条也没有用上。{trouble.remedy[0]}",
            f"It cannot be opened: {trouble.en}. None of its decisions was used. {trouble.remedy[1]}",
        )
        return Decisions(remarks=(str(Mistake(path.name, "", words)),), unreadable=True)
    if book is None:
        return Decisions()
    found: dict[str, list[Any]] = {kind.key: [] for kind in SHEETS}
    remarks = [str(Mistake(REGISTER, printable(name), context.language.say(*words))) for name, words in unnamed(book)]
    for kind in SHEETS:
        for sheet, heading in kind.find(book):
            said = list(_read_sheet(kind, sheet, heading, context, zone))
            found[kind.key] += [one for one in said if not isinstance(one, str)]
            remarks += _bounded([one for one in said if isinstance(one, str)], sheet, context)
    lists = {kind: tuple(found[kind.key]) for kind in SHEETS}
    return Decisions(
        Receipts(dict(lists[RECEIPTS])),
        lists[AMENDMENTS],
        lists[EXTENSIONS],
        lists[REVIEWS],
        lists[PAPER],
        lists[CLOSING],
        lists[WAIVERS],
        tuple(remarks),
        lists[CREDITS],
    )


def unnamed(book: Book) -> Iterator[tuple[str, tuple[str, str]]]:
    """Sheets that look like one of the register's, but bear another name: each name, and what to say of it."""
    named = {id(sheet) for kind in SHEETS for sheet, _ in kind.find(book)}
    for sheet in book.sheets:
        kind = next((kind for kind in SHEETS if id(sheet) not in named and kind.resembles(sheet)), None)
        if kind is not None:
            zh, en = kind.names
            yield (
                sheet.name,
                (
                    f"表头像登记簿的“{zh}”，但工作表的名字不认得，没有用上。要用的，请改名为“{zh}”；不用的，请移出登记簿。",
                    f"Its headings are those of “{en}”, but the sheet is named otherwise, so it was not used. "
                    f"Rename it “{en}”, or move it out of the register.",
                ),
            )


def _bounded(remarks: list[str], sheet: Sheet, context: Context) -> Iterator[str]:
    yield from remarks[:MOST_REMARKS]
    more = len(remarks) - MOST_REMARKS
    if more > 0:
        words = context.language.say(f"像这样的还有 {more} 处。", f"There are {more} more of such remarks.")
        yield str(Mistake(REGISTER, printable(sheet.name), words))


def _read_sheet(
    kind: RegisterSheet, sheet: Sheet, heading: Heading | None, context: Context, zone: dt.tzinfo
) -> Iterator[Decision | str]:
    usable = True
    for fault in heading_faults(kind, sheet, heading):
        usable = usable and not fault.fatal
        yield str(Mistake(REGISTER, printable(sheet.name), context.language.say(fault.zh, fault.en)))
    if not usable or heading is None:
        return
    covered = merged_downwards(sheet, heading)
    ahead = {field.key for field in kind.fields if field.ahead}
    for number, _ in sheet.in_order():
        if number <= heading.row:
            continue
        row = RegisterRow(kind, sheet, heading, covered, number, context)
        if row.filled() <= ahead:
            continue
        try:
            said = list(_READERS[kind.key](row, zone))
        except Unusable as trouble:
            yield row.remark(trouble.place, trouble.zh, trouble.en)
        else:
            yield from said
            yield from row.faults_beside()


# --- headings ---------------------------------------------------------------------------------------------------------


class HeadingFault(NamedTuple):
    """What is wrong with a sheet's headings, in both languages."""

    zh: str
    en: str
    fatal: bool = False
    """Whether its rows cannot be used for it."""
    lost: bool = False
    """Whether cells stand there without the heading that they had."""


def heading_faults(kind: RegisterSheet, sheet: Sheet, heading: Heading | None) -> Iterator[HeadingFault]:
    """What a person must mend in the headings of a sheet that holds anything below them."""
    filled = [(row, column) for row, cells in sheet.in_order() for column, cell in cells.items() if plain(cell.value)]
    if heading is None:
        if filled:
            zh, en = _listed(kind.fields)
            yield HeadingFault(
                f"前十行里找不到表头，这个表没有用上。请恢复表头：{zh}。",
                f"No heading row in its first ten rows; the sheet was not used. Restore the headings: {en}.",
                fatal=True,
                lost=True,
            )
        return
    below = {column for row, column in filled if row > heading.row}
    if not below:
        return
    for text, column in heading.doubled:
        place = cell_ref(heading.row, column)
        yield HeadingFault(
            f"{place} 又是“{text}”，只用左边的一列。", f"{place} is “{text}” again; only the left one counts."
        )
    missing = [field for field in kind.fields if field.key not in heading.columns]
    headless = sorted(below - {*heading.columns.values(), *heading.others, *(column for _, column in heading.doubled)})
    if any(field.needed for field in missing) or (headless and missing):
        yield _lost_headings(missing, [cell_ref(heading.row, column) for column in headless[:8]])
    elif lacking := [field for field in missing if field.decides]:
        zh, en = _listed(lacking)
        yield HeadingFault(
            f"没有{zh}这一列，当作空着；运行 kpi-xlsx register 可以补上。",
            f"There is no column {en}; it is taken as blank. kpi-xlsx register adds it.",
        )


def _lost_headings(missing: Sequence[Field], headless: Sequence[str]) -> HeadingFault:
    """Without these columns, or with cells that may belong to one of them, nothing on the sheet can be trusted."""
    fatal = any(field.needed or field.decides or field.weighs for field in missing)
    zh, en = _listed([field for field in missing if field.needed] or missing)
    begin = f"缺少表头{zh}", f"The heading {en} is missing"
    if headless:
        places = ", ".join(headless)
        begin = f"{begin[0]}，而 {places} 下面有内容、没有表头", f"{begin[1]}, and the cells below {places} have none"
    end = ("，这个表没有用上。", "; the sheet was not used.") if fatal else ("。", ".")
    return HeadingFault(f"{begin[0]}{end[0]}请补上表头。", f"{begin[1]}{end[1]} Restore it.", fatal, bool(headless))


def _listed(fields: Sequence[Field]) -> tuple[str, str]:
    zh, en = zip(*(field.names for field in fields), strict=True)
    return "、".join(f"“{name}”" for name in zh), ", ".join(f"“{name}”" for name in en)


# --- rows -------------------------------------------------------------------------------------------------------------


def _receipt(row: RegisterRow, zone: dt.tzinfo) -> Iterator[Decision | str]:
    name = row.demanded("file")
    moment = row.moment("received", zone)
    yield file_key(name), Receipt(moment, Basis.REGISTERED, row.note("way"), row.note("by"))


def _review(row: RegisterRow, _: dt.tzinfo) -> Iterator[Decision | str]:
    department, version = row.department(), row.text("version")
    row.demanded("verdict")
    verdict = row.word("verdict", VERDICTS)
    assert verdict is not None
    yield Review(department, version, verdict, row.place, row.note("reviewer"), row.day("date"), row.note("remark"))


def _extension(row: RegisterRow, zone: dt.tzinfo) -> Iterator[Decision | str]:
    department, until = row.department(), row.moment("until", zone, END_OF_DAY)
    supports = {row.context.role_of(goal, department) for goal in row.context.plan.goals_of(department)} - {Role.LEAD}
    before = due_for(row.context, Role.SUPPORT if supports else Role.LEAD)
    if before is not None and until < before:
        shown = show_time(before, zone)
        raise row.wrong(
            "until", f"比原来的期限 {shown} 还早，请改正。", f"It is before the deadline {shown}; correct it."
        )
    yield Extension(department, until, row.note("authority"), row.place)
    yield from _still_blank(row, "authority", ("准许了延期", "The extension holds"))


def _amendment(row: RegisterRow, _: dt.tzinfo) -> Iterator[Decision | str]:
    department = row.department()
    goal, column = row.cell_of_plan(department)
    kind, state = row.word("kind", KINDS), row.word("state", STATES) or AmendmentState.PROPOSED
    old, new = _old(row, column), _new(row, column)
    if old is None and new is None:
        raise row.wrong("to", "原值和改为都空着，没有可改的。", "“From” and “To” are both blank: nothing to change.")
    found = match_key(row.note("found"))
    yield Amendment(
        department,
        goal,
        column.key,
        old,
        new,
        kind,
        state,
        row.place,
        row.note("reason"),
        row.note("authority"),
        row.note("approved_by"),
        row.note("consent"),
        any(match_key(word) in found for word in LIKELY_ACCIDENT),
    )
    if state is AmendmentState.APPLIED:
        applied = ("已采用", "It is applied")
        yield from _still_blank(row, "authority", applied)
        yield from _still_blank(row, "approved_by", applied)
        if kind is AmendmentKind.FIGURES or column.type is not CellType.TEXT:
            yield from _still_blank(row, "consent", applied)
        if column.source is Source.PLAN and goal in row.context.plan.by_key:
            zh, en = "这一列以 plan.xlsx 为准，请到那里改。", "This column is as plan.xlsx has it; change it there."
            yield row.remark(row.where("column"), zh, en)


def _still_blank(row: RegisterRow, key: str, holds: tuple[str, str]) -> Iterator[str]:
    """A decision holds, and something should stand beside it."""
    if not row.note(key) and key not in row.faulty:
        zh, en = row.kind.by_key[key].names
        words = f"{holds[0]}，但“{zh}”还空着，请补上。", f"{holds[1]}, but “{en}” is still blank; fill it in."
        yield row.remark(row.where(key), *words)


def _old(row: RegisterRow, column: Column) -> Scalar | None:
    """What stood there: as its column has it, else the text, since a department's answer may be unreadable."""
    answer = row.answer("from", column)
    return None if answer is None else answer.raw if answer.value is None else answer.value


def _new(row: RegisterRow, column: Column) -> Scalar | None:
    """What is to stand there; it must be what its column holds."""
    answer = row.answer("to", column)
    if answer is None or answer.absent:
        return None
    if answer.value is None:
        zh, en = _WANTED[column.type]
        listed = f"：{'、'.join(column.choices)}", f": {'; '.join(column.choices)}"
        choices = listed if column.type is CellType.CHOICE else ("", "")
        raise row.wrong(
            "to",
            f"“{column.header}”要填{zh}{choices[0]}，“{printable(answer.raw)[:40]}”不行，请改正。",
            f"“{column.header}” takes {en}{choices[1]}; “{printable(answer.raw)[:40]}” is none. Correct it.",
        )
    return answer.value


_WANTED: Mapping[CellType, tuple[str, str]] = {
    CellType.TEXT: ("文字", "text that is whole"),
    CellType.NUMBER: ("一个数", "a number"),
    CellType.DATE: ("日期", "a date"),
    CellType.MONTH: ("月份", "a month"),
    CellType.CHOICE: ("下面的一个", "one of these"),
}


def _paper(row: RegisterRow, _: dt.tzinfo) -> Iterator[Decision | str]:
    department = row.department()
    row.demanded("state")
    state = row.word("state", PAPERS)
    assert state is not None
    yield Paper(department, state, row.place, row.day("date"), row.note("by"), row.note("remark"))


def _closing(row: RegisterRow, _: dt.tzinfo) -> Iterator[Decision | str]:
    row.demanded("date")
    day = row.day("date", years_later=True)  # a round may be closed when it is found again
    assert day is not None
    yield Closing(day, _named(row, "by"), row.place, row.note("remark"))


def _waiver(row: RegisterRow, _: dt.tzinfo) -> Iterator[Decision | str]:
    department = row.department()
    text = row.text("goal")
    goal = EVERY_GOAL if match_key(text) in ALL_GOALS else row.goal(department) if text else None
    yield Waiver(department, goal, _code(row), _named(row, "reason"), _named(row, "by"), row.place, row.day("date"))


def _credit(row: RegisterRow, _: dt.tzinfo) -> Iterator[Decision | str]:
    department, kind = row.department(), row.demanded("kind")
    goal = row.goal(department) if row.text("goal") else ""
    claimed, recognised = _points(row, "claimed"), _points(row, "recognised")
    adoption = row.word("adopted", ADOPTIONS) or Adoption.PENDING
    by, item, document = row.text("recognised_by"), row.note("item"), row.note("document")
    yield Credit(department, goal, kind, item, document, claimed, recognised, by, adoption, row.place)


def _points(row: RegisterRow, key: str) -> Decimal | None:
    """A figure of points or items; None if the cell is blank."""
    text = row.text(key)
    found = find_figure(text)
    if text and found is None:
        zh, en = row.kind.by_key[key].names
        shown = printable(text)[:40]
        raise row.wrong(key, f"“{zh}”要写数字，“{shown}”不是。", f"“{en}” takes a number; “{shown}” is none.")
    return found


def _code(row: RegisterRow) -> str:
    """The code of a rule; its name may follow."""
    text = row.demanded("code")
    match = re.match(r"([A-Z]\d{3})(?!\w)", text.upper())
    if match is None or match[1] not in BY_CODE:
        shown = printable(text)[:40]
        raise row.wrong(
            "code",
            f"没有“{shown}”这条规则。kpi-xlsx explain 列出全部代码。",
            f"There is no rule “{shown}”. kpi-xlsx explain lists all codes.",
        )
    return match[1]


def _named(row: RegisterRow, key: str) -> str:
    """Words that say something: 无 is no reason, and a dash no name."""
    text = row.demanded(key)
    if is_placeholder(text):
        zh, en = row.kind.by_key[key].names
        raise row.wrong(key, f"“{zh}”里的“{text}”不算，请写明。", f"“{text}” says nothing; fill in “{en}”.")
    return text


_READERS: Mapping[str, Reader] = {
    RECEIPTS.key: _receipt,
    REVIEWS.key: _review,
    AMENDMENTS.key: _amendment,
    EXTENSIONS.key: _extension,
    PAPER.key: _paper,
    CLOSING.key: _closing,
    WAIVERS.key: _waiver,
    CREDITS.key: _credit,
}
