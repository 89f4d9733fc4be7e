"""The goals of a notice as rows of a plan to look through: ids, departments, proposed targets, open questions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_xlsx.headings import both_languages
from kpi_xlsx.model import Language, Scalar, id_key, match_key, split_names
from kpi_xlsx.notice import Place, one_line
from kpi_xlsx.notice_headings import MILESTONES, OF_RETURN
from kpi_xlsx.notice_rows import Record, Rows
from kpi_xlsx.periods import Period, parse_due, parse_frequency
from kpi_xlsx.plan import GOAL_HEADINGS, REVIEW_HEADINGS
from kpi_xlsx.target_hints import Hint, propose
from kpi_xlsx.targets import BASIS_WORDS, TargetBasis, convert, parse_basis, parse_expression

_ANY_YEAR = Period(dt.date(2000, 1, 1), dt.date(2000, 12, 31))
_PLAIN = ("category", "subcategory", "name", "requirement", "attribute", "unit", "baseline", "assessor", "publish")
_MILESTONE_WORDS = (("一季度目标", "Q1"), ("二季度目标", "Q2"), ("三季度目标", "Q3"), ("四季度目标", "Q4"))
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,9})?")
_QUARTER = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\D{0,6}")
_NOBODY = ("待填单位", "Department to be named")
"""What stands in a plan where the notice does not say whose goal it is."""
_LONGEST_ID = 40
_KNOWN = frozenset(both_languages({**GOAL_HEADINGS, **REVIEW_HEADINGS}))
"""Headings that would be read as the plan's own."""

Row = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan to be looked through, and what the notice had beside it."""

    goals: tuple[Row, ...]
    departments: tuple[Row, ...]
    targets: tuple[Row, ...]
    progress: Mapping[str, Mapping[str, str]]
    """What departments had reported, by goal id and column."""
    period: Period | None
    language: Language
    proposed: int = 0
    """How many targets with a figure were read out of the words."""

    @property
    def open(self) -> int:
        """How many goals a person has to decide something about."""
        return sum(1 for goal in self.goals if goal.get("to_confirm"))


def language_of(rows: Rows) -> Language:
    """The language of a notice: Chinese if its title or a goal has a Chinese sign."""
    texts = [rows.title.text, *(record.fields.get("name", "") for record in rows.records[:20])]
    return Language.ZH if any("\u4e00" <= sign <= "\u9fff" for text in texts for sign in text) else Language.EN


def make_proposal(rows: Rows, language: Language, department: str = "", period: Period | None = None) -> Proposal:
    """The plan that a notice seems to hold. `department` and `period` go before what its title says."""
    units = _Units(language)
    named = [list(units.of(record, department)) for record in rows.records]
    ids = list(_ids(rows.records, [names[0] for names in named], units))
    goals: list[Row] = []
    targets: list[Row] = []
    proposed = 0
    for record, goal_id, names in zip(rows.records, ids, named, strict=True):
        maker = _Goal(record, goal_id, language)
        goals.append(maker.row("、".join(names) if language is Language.ZH else "; ".join(names)))
        targets.extend(maker.targets)
        proposed += maker.proposed
    progress = {goal_id: _reported(record) for record, goal_id in zip(rows.records, ids, strict=True)}
    departments = tuple({"code": code, "name": name} for name, code in units.codes.items())
    return Proposal(
        _in_order(goals), departments, tuple(targets), progress, period or rows.title.period, language, proposed
    )


def _in_order(goals: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with the same columns in one order: the plan's own, the notice's further ones, those for the review."""
    used = dict.fromkeys(key for goal in goals for key in goal)
    own = [key for key in GOAL_HEADINGS if key in used]
    further = [key for key in used if key not in GOAL_HEADINGS and key not in REVIEW_HEADINGS]
    return tuple({key: goal.get(key, "") for key in (*own, *further, *REVIEW_HEADINGS)} for goal in goals)


def _reported(record: Record) -> Mapping[str, str]:
    return {key: record.fields[key] for key in OF_RETURN if record.fields.get(key)}


class _Units:
    """The departments in the order in which they appear, each with a code."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.codes: dict[str, str] = {}
        self.known: dict[str, str] = {}

    def of(self, record: Record, department: str) -> Iterator[str]:
        """The departments of a goal, the lead first; a stand-in if nobody is named."""
        lead = [one_line(name) for name in split_names(record.fields.get("department", ""))]
        support = [one_line(name) for name in split_names(record.fields.get("support", ""))]
        if not lead:
            lead = [department or record.title.unit or self.language.say(*_NOBODY)]
        yield from dict.fromkeys(self._known(name) for name in (*lead, *support))

    def _known(self, name: str) -> str:
        own = self.known.setdefault(match_key(name), name)
        self.codes.setdefault(own, f"D{len(self.codes) + 1:02}")
        return own


def _ids(records: Sequence[Record], leads: Iterable[str], units: _Units) -> Iterator[str]:
    """The notice's own numbers if every goal has one of its own, else the department's code and a running number."""
    given = [one_line(record.fields.get("id", "")) for record in records]
    keys = {id_key(text) for text in given}
    if "" not in keys and len(keys) == len(given) and all(len(text) <= _LONGEST_ID for text in given):
        yield from given
        return
    count: dict[str, int] = {}
    for lead in leads:
        code = units.codes[lead]
        count[code] = count.get(code, 0) + 1
        yield f"{code}-{count[code]:02}"


class _Goal:
    """Makes a goal's row, and the rows of its targets if it has several."""

    def __init__(self, record: Record, goal_id: str, language: Language) -> None:
        self.record = record
        self.id = goal_id
        self.say = language.say
        self.targets: list[Row] = []
        self.proposed = 0
        self.unclear = list(record.doubts)
        """What makes it doubtful whether the row is what the notice says."""

    def row(self, departments: str) -> Row:
        fields = self.record.fields
        row: dict[str, Scalar] = {"id": self.id, "department": departments}
        row.update({key: fields[key] for key in _PLAIN if fields.get(key)})
        if "baseline" in row:
            self._baseline(row)
        row.update(self._given("due_month", lambda text: parse_due(text, _ANY_YEAR) is not None))
        row.update(self._given("frequency", lambda text: parse_frequency(text) is not None))
        row.update(self._given("weight", lambda _: True))
        if "publish" not in row:
            row["publish"] = self.say("是", "yes")  # what was published once may be so again
        for key, words in zip(MILESTONES, _MILESTONE_WORDS, strict=True):
            if fields.get(key):
                row[self.say(*words)] = fields[key]
        for heading, text in self.record.others.items():
            taken = match_key(heading) in _KNOWN
            row[heading + self.say("（原表）", " (source)") if taken else heading] = text
        if departments in _NOBODY:
            self.unclear.append(("没有写是哪个单位的目标", "nothing says whose goal it is"))
        about_targets = list(self._targets(row))
        row["confidence"] = self._confidence()
        row["source"] = self._source()
        questions = [*self.unclear, *self._seams(), *about_targets]
        row["to_confirm"] = self.say("；", "; ").join(self.say(*one) for one in questions)
        return row

    def _baseline(self, row: dict[str, Scalar]) -> None:
        text = one_line(str(row.pop("baseline")))
        read = parse_expression(text)
        if read is not None and read.low is not None and read.high is None:
            row["baseline"] = _number(text)
        else:
            self.unclear.append(
                (f"看不懂基数“{text[:30]}”，空着了", f"the baseline “{text[:30]}” is no number; left blank")
            )

    def _given(self, key: str, understood: object) -> Iterator[tuple[str, Scalar]]:
        text = one_line(self.record.fields.get(key, ""))
        if not text:
            return
        if callable(understood) and understood(text):
            yield key, _number(text)
            return
        zh, en = _SHOWN[key]
        self.unclear.append(
            (f"看不懂{zh}“{text[:30]}”，空着了", f"the {en} “{text[:30]}” is not understood; left blank")
        )

    def _confidence(self) -> str:
        if self.unclear:
            return self.say("低", "low")
        if self.record.joined or self.record.shifted:
            return self.say("中", "medium")
        return self.say("高", "high")

    def _source(self) -> str:
        return self.say("、", ", ").join(self.say(*place) for place in self.record.places[:6])

    def _seams(self) -> Iterator[Place]:
        if self.record.joined:
            yield "由分在两页的几段接成，请看看接缝", "put together from rows on several pages; look at the seams"
        elif self.record.shifted and not self.unclear:
            yield "这一行少一列，从右边对齐", "a column is missing in this row; its cells were aligned from the right"

    def _targets(self, row: dict[str, Scalar]) -> Iterator[Place]:
        """Put the targets where they belong; yields what is to be confirmed of them."""
        fields = self.record.fields
        if fields.get("target"):
            yield from self._given_target(row)
            return
        hints = propose(fields.get("name", ""), fields.get("requirement", ""))
        self.proposed = sum(hint.numeric for hint in hints)
        if len(hints) == 1:
            row.update({key: value for key, value in self._cells(hints[0]) if key not in row})
        else:
            self.targets = [
                {"id": f"{self.id}#{n}", "name": one.name, **dict(self._cells(one))} for n, one in enumerate(hints, 1)
            ]
        yield from _questions(hints)

    def _given_target(self, row: dict[str, Scalar]) -> Iterator[Place]:
        """The target that the source itself names; what a plan would not take is left out and asked for."""
        fields = self.record.fields
        text = one_line(fields["target"])
        row["target"] = _whole(text)
        expression = parse_expression(_whole(text))
        if expression is None:
            yield f"看不懂目标值“{text[:30]}”", f"the target “{text[:30]}” is not understood"
        elif expression.unit and expression.low is not None and "unit" in row:
            unit = str(row["unit"])
            if convert(expression.low, expression.unit, unit) is None:
                del row["unit"]
                yield (
                    f"目标值“{text[:30]}”和单位“{unit[:20]}”不一致",
                    f"the target “{text[:30]}” is not in “{unit[:20]}”",
                )
        basis = parse_basis(one_line(fields.get("basis", "")))
        if basis is not None:
            row["basis"] = self.say(*BASIS_WORDS[basis])
        elif expression is not None and expression.basis is None:
            yield "没有写明口径（流量、存量、增速……），请补", "it does not say on which basis (flow, stock, growth …)"
        shares = _shares([fields.get(key, "") for key in MILESTONES])
        if shares:
            row["milestones"] = shares
            yield "序时节点由各季度的目标折算，请核对", "the milestones were worked out from the quarters; check them"

    def _cells(self, hint: Hint) -> Iterator[tuple[str, Scalar]]:
        yield "basis", self.say(*BASIS_WORDS[hint.basis])
        if hint.target:
            yield "target", hint.target
        if hint.unit:
            yield "unit", hint.unit


def _questions(hints: Sequence[Hint]) -> Iterator[Place]:
    figures = sum(hint.numeric for hint in hints)
    if not hints:
        yield "没有看出目标值，有就补上", "no target was seen in it; add one if there is"
    elif hints[0].basis is TargetBasis.SCORE and not figures:
        yield "内容是计分规则，不是目标值", "it is a rule for scoring, no target"
    elif len(hints) > 1:
        zh, en = (f"，其中 {figures} 个有数", f" ({figures} with a figure)") if figures else ("", "")
        yield (
            f"“指标”表里的 {len(hints)} 个指标{zh}，是从原文推断的，请逐个核对",
            f"the {len(hints)} targets on the sheet “targets”{en} were read out of the words: check each",
        )
    elif figures:
        yield (
            "目标值、单位、口径是从原文推断的，请核对",
            "target, unit and basis were read out of the words; check them",
        )
    else:
        yield "口径是从原文推断的，请核对", "the basis was read out of the words; check it"


_SHOWN = {"due_month": ("完成时限", "due month"), "frequency": ("报送频率", "frequency"), "weight": ("权重", "weight")}


def _shares(quarters: Sequence[str]) -> str:
    """Four quarters' targets that add up through the year as shares of the last one; nothing if they are no such."""
    found = [_QUARTER.fullmatch(one_line(text)) for text in quarters]
    numbers = [float(one[1]) for one in found if one is not None]
    if len(numbers) < 4 or numbers != sorted(numbers) or numbers[-1] <= 0:
        return ""
    return "；".join(
        f"{month}月{number / numbers[-1] * 100:.4g}%" for month, number in zip((3, 6, 9, 12), numbers, strict=True)
    )


def _number(text: str) -> Scalar:
    """A number as one; every other text as it is."""
    return float(text) if "." in text and text.isascii() and _NUMBER.fullmatch(text) else _whole(text)


def _whole(text: str) -> Scalar:
    """A whole number as a number; every other text as it is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and str(int(text)) == text else text
