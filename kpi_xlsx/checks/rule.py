"""What a check is: a generator with a code, a severity and words; its docstring is the page that `explain` prints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from kpi_xlsx.amending import Amended
from kpi_xlsx.assessors import NO_ASSESSMENTS, Assessments
from kpi_xlsx.context import Context
from kpi_xlsx.counting import Counting
from kpi_xlsx.decisions import Decisions, Fate
from kpi_xlsx.model import Finding, Kind, Language, Return, Severity, State
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.plan_comparison import Comparison
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.versions import RowPlace, Version

SEVERITY_WORDS = {
    Severity.ERROR: {Language.ZH: "必须修改", Language.EN: "Must fix"},
    Severity.WARNING: {Language.ZH: "请说明", Language.EN: "Please explain"},
    Severity.INFO: {Language.ZH: "提示", Language.EN: "For information"},
}
KIND_WORDS = {
    Kind.FORM: {Language.ZH: "填报问题", Language.EN: "Form"},
    Kind.WORK: {Language.ZH: "工作情况", Language.EN: "Work"},
}
STATE_WORDS = {
    State.OPEN: {Language.ZH: "待处理", Language.EN: "Open"},
    State.EXPLAINED: {Language.ZH: "已说明", Language.EN: "Explained"},
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a check struck, and the words that its message needs."""

    words: Mapping[str, str] = field(default_factory=dict)
    goal: str | None = None
    column: str | None = None
    cell: str | None = None
    file: str | None = None
    department: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Round:
    """All returns of one run together, for the checks that look across them."""

    context: Context
    counting: Counting
    """The returns as versions, and which of them counts in each row."""
    receipts: Mapping[str, Receipt]
    """When each file came, by its name."""
    decisions: Decisions
    amended: Mapping[RowPlace, Mapping[str, Amended]]
    """The amended cells, by row, then column key."""
    whole: bool
    """Whether the whole inbox was looked at, so that what is missing is known."""
    past: Past = NO_PAST
    """What earlier cycles had."""
    assessments: Assessments = NO_ASSESSMENTS
    """What assessors settled."""

    @cached_property
    def in_play(self) -> Mapping[str, Sequence[Version]]:
        """The versions of each department that no review keeps out, the oldest first."""
        found: dict[str, list[Version]] = {}
        for one in self.counting.versions:
            if one.fate is Fate.IN_PLAY:
                found.setdefault(one.department, []).append(one)
        return found


ReturnCheck = Callable[[Return, Context], Iterator[Hit]]
RoundCheck = Callable[[Round], Iterator[Hit]]
PlanCheck = Callable[[Comparison, Context], Iterator[Hit]]


@dataclass(frozen=True)
class Words:
    """A check's words in one language."""

    message: str
    hint: str
    page: str


@dataclass(frozen=True)
class Check:
    """One rule: what it is called, how grave it is, and how it is found."""

    code: str
    severity: Severity
    english: Words
    name: str
    explainable: bool
    of_return: ReturnCheck | None = None
    of_round: RoundCheck | None = None
    of_plan: PlanCheck | None = None
    of_cell: bool = False
    """Whether it speaks of what one cell holds, which an amendment settles; the others speak of a file or its table."""

    @property
    def kind(self) -> Kind:
        return Kind.WORK if self.code[0] in "DT" else Kind.FORM

    def words(self, language: Language) -> Words:
        """Message, hint and page in a language."""
        if language is Language.EN:
            return self.english
        from kpi_xlsx.checks.zh import WORDS

        return WORDS[self.code]

    def find(self, hit: Hit, context: Context, ret: Return | None = None) -> Finding:
        """The finding that a hit stands for, in the cycle's language."""
        words = self.words(context.language)
        known = dict(_words_of(hit, context), **hit.words)
        sheet, _, cell = (hit.cell or "").rpartition("!")  # a target's cell is on a sheet of its own
        return Finding(
            code=self.code,
            name=self.name,
            kind=self.kind,
            severity=context.severity.get(self.code, self.severity),
            message=words.message.format(**known),
            hint=words.hint.format(**known),
            file=hit.file if ret is None else ret.file,
            department=hit.department if ret is None else ret.department,
            goal=hit.goal,
            column=hit.column,
            sheet=sheet or (hit.sheet if ret is None else ret.sheet),
            cell=cell or None,
            explainable=self.explainable,
            words=hit.words,
        )

    def find_again(self, finding: Finding, cell: str | None, context: Context) -> Finding:
        """A finding of this check as it reads where its row and column stand in another cell."""
        hit = Hit(finding.words, finding.goal, finding.column, cell, department=finding.department)
        return replace(self.find(hit, context), state=finding.state)


def _words_of(hit: Hit, context: Context) -> dict[str, str]:
    column = context.column(hit.column, hit.goal)
    return {
        "column": column.header if column else (hit.column or ""),
        "cell": hit.cell or "",
        "goal": hit.goal or "",
    }


def check(
    code: str, severity: Severity, message: str, *, hint: str, explainable: bool = False
) -> Callable[[ReturnCheck], Check]:
    """Declare a check of one return. The function's name is the rule's name, its docstring the rule's page."""

    def declare(function: ReturnCheck) -> Check:
        words = Words(message, hint, inspect.getdoc(function) or "")
        name = _name(function.__name__)
        return Check(code, severity, words, name, explainable, of_return=function, of_cell=code[0] in "RVDT")

    return declare


def check_across(
    code: str, severity: Severity, message: str, *, hint: str, explainable: bool = False, of_cell: bool = False
) -> Callable[[RoundCheck], Check]:
    """Declare a check that looks at all returns together. `of_cell`: its findings are about what one cell holds."""

    def declare(function: RoundCheck) -> Check:
        words = Words(message, hint, inspect.getdoc(function) or "")
        name = _name(function.__name__)
        return Check(code, severity, words, name, explainable, of_round=function, of_cell=of_cell)

    return declare


def check_plan(
    code: str, severity: Severity, message: str, *, hint: str, explainable: bool = False
) -> Callable[[PlanCheck], Check]:
    """Declare a check of the plan itself, against that of the cycle before."""

    def declare(function: PlanCheck) -> Check:
        words = Words(message, hint, inspect.getdoc(function) or "")
        return Check(code, severity, words, _name(function.__name__), explainable, of_plan=function)

    return declare


def _name(function: str) -> str:
    return function.replace("_", "-")


def noted(ret: Return, code: str) -> Iterator[Hit]:
    """What the reader noted under a code on its way."""
    for note in ret.notes:
        if note.code == code:
            yield Hit(note.words, note.goal, note.column, note.cell)
