"""The Check column of a form: its formula, and the same words in Python for its cached value; one declaration for both.

Works in Excel, WPS and LibreOffice: only LEN, TRIM, LOWER, FIND, IF, AND, OR, NOT, ISNUMBER, SUMPRODUCT and COUNTA
are used.
Choices are compared with =, since MATCH and COUNTIF take * and ? for wildcards.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kpi_xlsx.model import CellType, Language, Role, Scalar, match_key, plain
from kpi_xlsx.rhythm import NIL_WORDS
from kpi_xlsx.template import TYPE_WORDS, Column, Condition

LONGEST_FORMULA = 8_000
"""A little under what Excel takes; a row with more to test is only tested for what is missing."""
DONE = "√"
"""Stands in a row that is complete. It is in GBK, so that every Chinese console can print it."""

Values = Mapping[str, Scalar | None]
Place = Callable[[str], str]
"""From a column's key to its cell's name in the row."""
Lists = Mapping[str, str]
"""Where the choices of a column stand, by its key, if they are too long for a formula."""


@dataclass(frozen=True, slots=True)
class _Test:
    """One thing that can be wrong in a row: as a formula, in Python, and in words."""

    formula: str
    wrong: bool
    words: str
    optional: bool = False


def end_mark(language: Language) -> str:
    """What every complaint ends with; the counter at the top looks for it."""
    return language.say("；", ";")


def not_asked(language: Language) -> str:
    """What stands in a row that asks nothing this period."""
    return language.say("本期不填", "Not due")


def was_settled(language: Language) -> str:
    """What stands in the row of a goal that an earlier cycle settled."""
    return language.say("前期已完成", "Completed earlier")


def not_begun(language: Language) -> str:
    """What stands in a row in which something must stand, whatever it is."""
    return language.say("未填", "Not filled in") + end_mark(language)


def _tests(
    columns: tuple[Column, ...], values: Values, place: Place, lists: Lists, language: Language, role: Role
) -> Iterator[_Test]:
    """What can be wrong in these columns, all open to the role; a condition on one without a value never holds."""
    for column in columns:
        cell, value = place(column.key), values.get(column.key)
        blank = not plain(value).strip()
        empty = f"LEN(TRIM({cell}))=0"
        missing = _missing(column, language)
        if column.required_of(role):
            if column.waived and column.waived.column in values:
                waived, true = _condition(column.waived, values, place)
                yield _Test(f"AND({empty},NOT({waived}))", blank and not true, missing)
            else:
                yield _Test(empty, blank, missing)
        if column.required_when and column.required_when.column in values:
            needed, true = _condition(column.required_when, values, place)
            if column.waived and column.waived.column in values:
                waived, excused = _condition(column.waived, values, place)
                needed, true = f"{needed},NOT({waived})", true and not excused
            yield _Test(f"AND({empty},{needed})", blank and true, missing)
        yield from _type_tests(column, cell, value, lists, language)


def _missing(column: Column, language: Language) -> str:
    end = end_mark(language)
    return language.say(f"缺{column.header}{end}", f"{column.header} missing{end} ")


def _type_tests(column: Column, cell: str, value: Scalar | None, lists: Lists, language: Language) -> Iterator[_Test]:
    filled, present = f"LEN(TRIM({cell}))>0", bool(plain(value).strip())
    end = end_mark(language)
    if column.type is CellType.CHOICE:
        if column.key in lists:
            listed = f"SUMPRODUCT(--({lists[column.key]}=TRIM({cell})))>0"
        else:
            listed = "OR(" + ",".join(f"TRIM({cell})={_quoted(choice)}" for choice in column.choices) + ")"
        known = {match_key(choice) for choice in column.choices}
        words = language.say(f"{column.header}不在选项中{end}", f"{column.header} not on the list{end} ")
        wrong = present and match_key(plain(value)) not in known
        yield _Test(f"AND({filled},NOT({listed}))", wrong, words, optional=True)
    if column.type in (CellType.NUMBER, CellType.DATE, CellType.MONTH):
        zh, en = TYPE_WORDS[column.type]
        words = language.say(f"{column.header}不是{zh}{end}", f"{column.header} is not a {en}{end} ")
        wrong = present and (isinstance(value, bool) or not isinstance(value, int | float | dt.date))
        yield _Test(f"AND({filled},NOT(ISNUMBER({cell})))", wrong, words, optional=True)


def _condition(condition: Condition, values: Values, place: Place) -> tuple[str, bool]:
    cell = place(condition.column)
    parts = ",".join(f"TRIM({cell})={_quoted(choice)}" for choice in condition.choices)
    true = plain(values.get(condition.column)).strip().casefold() in {c.casefold() for c in condition.choices}
    return f"OR({parts})", true


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class RowCheck:
    """The Check cell of one row."""

    formula: str
    value: str


def check_row(
    columns: tuple[Column, ...],
    values: Values,
    place: Place,
    lists: Lists,
    language: Language,
    begun: str | None = None,
    role: Role = Role.LEAD,
    *,
    nil: bool = False,
    blank: str = "",
) -> RowCheck:
    """Formula and value of the Check cell of a row whose open `columns` a department in this role fills in.

    `values` has a value or None for each of them, and for given columns on which one of them depends.

    With `begun` (a range) the cell says only `blank` until something stands there. With `nil` a row is complete, too,
    in which words say that nothing happened, and nothing else stands there.
    """
    tests = list(_tests(columns, values, place, lists, language, role))
    if len(_joined(tests)) * 2 > LONGEST_FORMULA:
        tests = [test for test in tests if not test.optional]
    complaints = _joined(tests)
    value = "".join(test.words for test in tests if test.wrong).strip() or DONE
    formula = f'=IF(LEN({complaints})=0,"{DONE}",TRIM({complaints}))'
    if begun is None:
        return RowCheck(formula, value)
    anything = any(plain(values.get(column.key)).strip() for column in columns)
    if nil:
        nothing, true = _nothing(columns, values, place, begun, LONGEST_FORMULA - len(formula))
        formula = f'=IF({nothing},"{DONE}",{formula[1:]})'
        value = DONE if true else value
    return RowCheck(f"=IF(COUNTA({begun})=0,{_quoted(blank)},{formula[1:]})", value if anything else blank)


def _nothing(columns: tuple[Column, ...], values: Values, place: Place, begun: str, room: int) -> tuple[str, bool]:
    """Whether a row says that nothing happened: as a formula no longer than `room`, and in Python.

    A text says so, and each other cell does or is blank; where there is no room to look at each, the others are blank.
    """
    said = [plain(values.get(column.key)).strip().casefold() for column in columns]
    texts = [column.type is CellType.TEXT for column in columns]
    words = "|" + "|".join(NIL_WORDS) + "|"

    def says(column: Column, known: str) -> str:
        return f'ISNUMBER(FIND("|"&LOWER(TRIM({place(column.key)}))&"|",{_quoted(known)}))'

    some = [says(column, words) for column, text in zip(columns, texts, strict=True) if text]
    each = [says(column, f"|{words}") for column in columns]
    true = any(text and one in NIL_WORDS for one, text in zip(said, texts, strict=True))
    formula = f"AND(OR({','.join(some)}),{','.join(each)})" if some else "FALSE"
    if len(formula) <= room:
        return formula, true and all(not one or one in NIL_WORDS for one in said)
    return f"AND(OR({','.join(some)}),COUNTA({begun})=1)", true and sum(map(bool, said)) == 1


def _joined(tests: list[_Test]) -> str:
    return "&".join(f'IF({test.formula},{_quoted(test.words)},"")' for test in tests) or '""'


def complaint_formula(column: Column, check: str, language: Language) -> str | None:
    """Whether the Check cell of a row complains of this column, for a conditional format.

    Array constants are not allowed there, so the tests themselves cannot stand in it; the Check cell has their outcome.
    """
    found = [_missing(column, language)] if column.required_when or any(map(column.required_of, Role)) else []
    found += [test.words for test in _type_tests(column, "A1", None, {column.key: "A1"}, language)]
    gap = language.say("", " ")
    before = end_mark(language) + gap
    parts = [f"ISNUMBER(FIND({_quoted(before + words.strip())},{_quoted(before)}&{check}))" for words in found]
    return None if not parts else parts[0] if len(parts) == 1 else f"OR({','.join(parts)})"


@dataclass(frozen=True, slots=True)
class Counter:
    """The line at the top of a form: how much is filled in, and what to do next."""

    formula: str
    value: str


READY = {
    Language.ZH: "必填内容已填齐，可以报送。",
    Language.EN: "All required cells are filled in: the form is ready to be sent.",
}
SETTLE = {
    Language.ZH: "必填内容已填齐；上面列出的各项处理好后，就可以报送。",
    Language.EN: "All required cells are filled in; once the points above are settled, the form is ready to be sent.",
}
"""What it says on a copy that marks faults: the Check column cannot tell whether they are settled."""


def count_rows(first: str, cells: str, checks: list[str], top: int, ready: str, language: Language) -> Counter:
    """Formula and value of the counter; `cells` is the range of Check cells, `first` its first cell, on row `top`.

    `ready` is what it says when nothing required is missing.
    """
    end = end_mark(language)
    done, open_ = f'COUNTIF({cells},"{DONE}")', f'COUNTIF({cells},"*{end}*")'
    next_row = f'(ROW({first})-1+MATCH("*{end}*",{cells},0))'
    complete = sum(check == DONE for check in checks)
    todo = [top + index for index, check in enumerate(checks) if end in check]
    total, where = complete + len(todo), todo[0] if todo else 0
    if language is Language.ZH:
        formula = (
            f'="填报进度：已填齐 "&{done}&" 项／共 "&({done}+{open_})&" 项。"&'
            f'IF({open_}=0,"{ready}",'
            f'"还有 "&{open_}&" 项未填齐，最前面的在第 "&{next_row}&" 行，缺什么见右侧“自查提示”。")'
        )
        rest = f"还有 {len(todo)} 项未填齐，最前面的在第 {where} 行，缺什么见右侧“自查提示”。"
        value = f"填报进度：已填齐 {complete} 项／共 {total} 项。" + (rest if todo else ready)
        return Counter(formula, value)
    formula = (
        f'="Progress: "&{done}&" of "&({done}+{open_})&" rows complete. "&IF({open_}=0,'
        f'"{ready}",'
        f'"Next: row "&{next_row}&"; what is missing stands in the Check column.")'
    )
    rest = f"Next: row {where}; what is missing stands in the Check column."
    return Counter(formula, f"Progress: {complete} of {total} rows complete. " + (rest if todo else ready))
