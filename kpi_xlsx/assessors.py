"""Assessors: who settles figures and scores, the form that they get, and what they settled; no file here.

Their form is a form like any other, of a template and a plan of their own: a row for each department and goal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from kpi_xlsx.model import (
    CellType,
    Department,
    Goal,
    Language,
    Plan,
    Scalar,
    Source,
    bare_name,
    id_key,
    match_key,
    plain,
    split_names,
)
from kpi_xlsx.template import Column, Table, Template

ASSESSOR = "assessor"
"""The plan's column, and as what their forms are remembered."""
FOLDER = "assessors"
"""Below the outbox: where their forms lie."""
ACTUAL = "actual"
"""The column of the department's figure, in whose place the assessor's stands in the master."""
TABLE = "assessed"
"""The key of the table in their form."""
VALUE, SCORE, REASON, DOCUMENT = "assessed_value", "assessed_score", "assessed_reason", "assessed_document"
_ID, _DEPARTMENT = "assessed_id", "assessed_department"
OWN_KEYS = frozenset((_ID, _DEPARTMENT, VALUE, SCORE, REASON, DOCUMENT))
"""The columns that no other form has."""
_GIVEN = ("requirement", "target", "unit")
"""What the form also shows of a goal, as far as the plan has it."""
_WORDS: Mapping[str, tuple[str, str, float]] = {
    _ID: ("评分编号", "Row", 12),
    _DEPARTMENT: ("责任单位", "Department", 16),
    "name": ("目标名称", "Goal", 18),
    "requirement": ("考核内容及指标", "Requirement", 36),
    "target": ("目标值", "Target", 10),
    "unit": ("计量单位", "Unit", 9),
    VALUE: ("核定数值", "Assessed figure", 17),
    SCORE: ("得分", "Score", 10),
    REASON: ("扣分理由", "Reason for deductions", 30),
    DOCUMENT: ("依据", "Document", 24),
}
"""Heading in either language and width of each column of the form."""
_HELP: Mapping[str, tuple[str, str]] = {
    VALUE: (
        "本单位掌握的数，一格一个数字；没有数量指标的空着。汇总表以这里的数为准。",
        "The figure by your own records, one number a cell; nothing where the goal has no figure. It is the one that "
        "the master shows.",
    ),
    SCORE: ("只核数、不评分的空着。", "Nothing, if you settle figures only."),
    REASON: (
        "扣了分的写为什么；数还没有出来、本期不评的，也在这里写明。",
        "Why points were taken off; also that a figure is not out yet, or not assessed this time.",
    ),
    DOCUMENT: ("文号、表号或报表名称。", "The number of the document, or the name of the table."),
}
_NOTES = (
    (
        "只填浅黄色的格。每行是一个单位的一个目标：有数填数，有分填分。",
        "Fill in the yellow cells only. Each row is a goal of a department: give the figure, the score, or both.",
    ),
    (
        "数还没有出来或本期不评的，在“扣分理由”里写明，不要填 0。",
        "Where a figure is not out yet, or nothing is assessed, say so under “Reason for deductions”; do not write 0.",
    ),
    (
        "不删行、不改表头；填好后把本文件（.xlsx）原样发回。",
        "Delete no rows and change no headings; send this file back as it is (.xlsx).",
    ),
)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What an assessor settled for a goal of a department, and where that stands."""

    assessor: str
    """Its name."""
    value: Scalar | None
    """The figure, as the department's own would have been read."""
    score: Decimal | None
    reason: str
    document: str
    file: str
    sheet: str
    row: int
    """As a person counts it."""
    cell: str
    """That of the figure."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Rows of an assessor that nobody answered: how many, and of how many."""

    assessor: str
    rows: int
    total: int


@dataclass(frozen=True)
class Assessments:
    """What all assessors settled, by department code and goal key; whose files are whose; what is still to come."""

    settled: Mapping[tuple[str, str], Assessed] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """The name of the assessor by the file that came from it."""
    missing: Sequence[Missing] = ()
    counting: frozenset[tuple[str, str | None]] = frozenset()
    """The forms of which a row counts, by file and sheet."""


NO_ASSESSMENTS = Assessments()


# --- who assesses -----------------------------------------------------------------------------------------------------


def assessors_of(plan: Plan, goal: Goal) -> Iterator[Department]:
    """Who assesses a goal: departments of the plan, or bodies outside it by their name alone."""
    text = plain(goal.cells.get(ASSESSOR)).strip()
    whole = plan.find_department(text) if text else None
    seen: set[str] = set()
    for name in [text] if whole else split_names(text):
        found = plan.find_department(name) or Department(_code_of(name), name)
        if found.code not in seen:
            seen.add(found.code)
            yield found


def _code_of(name: str) -> str:
    """The code of a body that is no department: the same name has the same code, this year and next."""
    digest = hashlib.sha256(match_key(name).encode("utf-8", "surrogatepass")).hexdigest()
    return f"AS-{digest[:8].upper()}"


def assessed_row(row: str) -> tuple[str, str]:
    """The department's code and the goal's id in the id of a row of an assessor's form."""
    code, _, goal = row.partition("/")
    return code, goal


def find_assessors(plan: Plan, goals: Sequence[Goal], language: Language) -> Plan | None:
    """The plan that assessors answer: they are its departments, and each goal of a department is a goal of theirs.

    None, if nobody assesses any of these goals.
    """
    bodies: dict[str, Department] = {}
    rows: list[Goal] = []
    for goal in goals:
        ours = list(assessors_of(plan, goal))
        bodies.update((one.code, one) for one in ours)
        shown = dict(_shown(plan, goal, language)) if ours else {}
        rows += [_row(goal, plan.by_code[code], ours, shown) for code in goal.departments if ours]
    return Plan(tuple(bodies.values()), tuple(rows)) if rows else None


def _shown(plan: Plan, goal: Goal, language: Language) -> Iterator[tuple[str, Scalar]]:
    """What the form shows of a goal; targets of the sheet of targets stand under one another."""
    yield "name", bare_name(goal.name)
    for key in _GIVEN:
        if key in goal.cells:
            yield key, goal.cells[key]
    targets = plan.targets_of(goal.key)
    if targets and "target" not in goal.cells:
        yield "target", "\n".join(one.shown(language) for one in targets)


def _row(goal: Goal, department: Department, assessors: Sequence[Department], shown: Mapping[str, Scalar]) -> Goal:
    """A goal of a department as a row of its assessors' form."""
    name = f"{department.code}/{goal.id}"
    cells: dict[str, Scalar] = {_ID: name, _DEPARTMENT: department.name, **shown}
    return replace(goal, id=name, departments=tuple(one.code for one in assessors), cells=cells)


# --- their form -------------------------------------------------------------------------------------------------------


def assessor_template(template: Template, rows: Plan) -> Template:
    """The template of the form with these rows; the column of the figure is read as the departments' own."""
    language = template.language
    shown = [key for key in _GIVEN if any(key in row.cells for row in rows.goals)]
    columns = [_given(template, key) for key in (_ID, _DEPARTMENT, "name", *shown)]
    columns += [_figure(template), _entry(SCORE, language, CellType.NUMBER)]
    columns += [_entry(key, language, CellType.TEXT) for key in (REASON, DOCUMENT)]
    return Template(
        f"{template.name}.assessors",
        template.version,
        language,
        (Table(TABLE, tuple(columns), _ID, any_answer=True),),
        language.say("{department}{year}年{months}月评分表", "{department}: assessment {year}, months {months}"),
        tuple(language.say(*words) for words in _NOTES),
        template.signature,
        print=template.print,
    )


def _given(template: Template, key: str) -> Column:
    """A column of what the plan has, under the heading that it has in the departments' form."""
    zh, en, width = _WORDS[key]
    known = template.main.by_key.get(key)
    header = known.header if known is not None and known.source is Source.PLAN else template.language.say(zh, en)
    return Column(key, header, Source.PLAN, width=width)


def _entry(key: str, language: Language, kind: CellType) -> Column:
    zh, en, width = _WORDS[key]
    return Column(key, language.say(zh, en), Source.DEPARTMENT, kind, width=width, help=language.say(*_HELP[key]))


def _figure(template: Template) -> Column:
    """The column of the figure: of the type and unit of the department's own, if its form has one."""
    own = template.main.by_key.get(ACTUAL)
    if own is None or own.source is not Source.DEPARTMENT:
        return _entry(VALUE, template.language, CellType.NUMBER)
    made = _entry(VALUE, template.language, own.type)
    header = template.language.say(f"核定{own.header}", f"Assessed {own.header[:1].lower()}{own.header[1:]}")
    return replace(made, header=header, choices=own.choices, min=own.min, max=own.max, date_order=own.date_order)


# --- their figures against the department's ---------------------------------------------------------------------------


def same_figure(ours: Scalar | None, theirs: Scalar | None) -> bool:
    """Whether two answers that were read by one column say the same; figures are compared by their decimal digits."""
    numbers = [as_decimal(value) for value in (ours, theirs)]
    if None not in numbers:
        return numbers[0] == numbers[1]
    return id_key(plain(ours)) == id_key(plain(theirs))


def as_decimal(value: Scalar | None) -> Decimal | None:
    """A figure by its own digits: 6.8 is 6.8."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(plain(value))
