"""The sheets 得分 and 评分过程 in the master: what every department gets, and how each figure of it came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from kpi_xlsx.context import Context
from kpi_xlsx.excel import MAX_FORMULA, Look, Sheet, Workbook, height_of, line_count, reference
from kpi_xlsx.model import Language
from kpi_xlsx.outputs import score_steps
from kpi_xlsx.outputs.listing import FIRST_ROW, PlaceOf, begin_list
from kpi_xlsx.outputs.score_steps import FIGURE, cells_of, count_rows, result_cell, row_height, step_rows
from kpi_xlsx.score_book import ScoreBook
from kpi_xlsx.score_measures import PLACES, Value, divided, not_applicable, quoted
from kpi_xlsx.scoring import UNCLEAR, DepartmentScore, GoalScore

SHEETS = {Language.ZH: ("得分", "评分过程"), Language.EN: ("Scores", "Scoring")}
HEADINGS = {
    Language.ZH: "责任单位|类别|编号|目标名称|评分办法|权重|满分|得分|加权得分|等次|名次|说明",
    Language.EN: "Department|Group|No.|Goal|Rule|Weight|Full marks|Score|Weighted|Grade|Rank|Remarks",
}
WIDTHS = (16, 12, 9, 26, 24, 8, 8, 14, 12, 10, 8, 56)
DEPARTMENT, GROUP, ID, NAME, RULE, WEIGHT, FULL, SCORE, WEIGHTED, GRADE, RANK, REMARKS = range(12)
LEFT = 3
"""Columns of the sheet of calculations before those of the calculation itself."""
TOTAL = "E2EFDA"


OBJECTION = {
    Language.ZH: "异议：目标编号和步骤|应当是多少、依据什么（附证明）|办公室答复",
    Language.EN: "Objection: goal and step|What it should be, on what grounds (with proof)|The office's answer",
}
OBJECTION_AT = (0, NAME, WEIGHT, REMARKS)
"""Where each part of a line for an objection begins, and the last column."""
OBJECTION_LINES = 4


def write_appeal(
    path: Path,
    context: Context,
    score: DepartmentScore,
    rules: ScoreBook,
    title: str,
    before: Callable[[Path], None] | None = None,
) -> None:
    """A department's own scores in a workbook to check and to object to; nothing in it is anybody else's."""
    language = context.language
    own = replace(rules, ranking=False)
    name = language.say(f"{score.name}得分核对单", f"{score.name}: scores to check")
    with Workbook(path, context.period.end, title=name, before=before) as book:
        first = language.say("得分核对单", "Scores to check")
        sheet = book.add_sheet(first)
        places = _find_places([score])
        page = _ScoreSheet(sheet, context, own, places, [score])
        page.write(f"{name}　{title}")
        _write_objections(sheet, places.last + 2, language, page.base)
        sheet.raw.set_paper(9)
        calculations = book.add_sheet(SHEETS[language][1])
        _write_calculations(calculations, context, [score], own, None)
        calculations.raw.set_paper(9)


def _write_objections(sheet: Sheet, row: int, language: Language, base: Look) -> None:
    """Lines to write an objection on, and who signs it."""
    look = {**base, "align": "left", "indent": 1}
    for number in range(OBJECTION_LINES + 1):
        texts = OBJECTION[language].split("|") if number == 0 else ["", "", ""]
        head = {"bold": True, "bg_color": "D9E1F2"} if number == 0 else {}
        sheet.call("set_row", row + number, 24 if number == 0 else 36)
        for place, text in enumerate(texts):
            last = OBJECTION_AT[place + 1] - (place < 2)
            sheet.block(row + number, OBJECTION_AT[place], row + number, last, text, {**look, **head})
    signed = language.say(
        "单位负责人（签字、盖章）：　　　　　　　　日期：　　　　　　　　无异议的，也请签字交回。",
        "Head of department (signature, stamp):                 Date:                 Sign it, too, if you agree.",
    )
    sheet.call("set_row", row + OBJECTION_LINES + 1, 36)
    sheet.text(row + OBJECTION_LINES + 1, 0, signed, {**base, "border": 0, "text_wrap": False})


@dataclass(frozen=True)
class _Places:
    """Where everything stands, before anything is written."""

    steps: Mapping[tuple[str, str], int]
    """The first row of each calculation, by department and goal id."""
    tops: Mapping[str, int]
    """The first row of each department on the sheet of scores."""
    last: int


def write_scores(
    book: Workbook, context: Context, scores: Sequence[DepartmentScore], rules: ScoreBook, place_of: PlaceOf
) -> None:
    """Both sheets; one row for each goal of a department and one for its sum, and the calculations."""
    names = SHEETS[context.language]
    places = _find_places(scores)
    _ScoreSheet(book.add_sheet(names[0]), context, rules, places, scores).write(names[0])
    _write_calculations(book.add_sheet(names[1]), context, scores, rules, place_of)


def _find_places(scores: Sequence[DepartmentScore]) -> _Places:
    steps, tops, row, top = dict[tuple[str, str], int](), dict[str, int](), FIRST_ROW, FIRST_ROW
    for one in scores:
        tops[one.department] = top
        top += len(one.goals) + len(one.credits) + (1 if one.credits else 0) + 1
        for goal in one.goals:
            if goal.score is not None:
                steps[one.department, goal.goal] = row
                row += count_rows(goal.score)
    return _Places(steps, tops, top - 1)


class _ScoreSheet:
    """The sheet of results."""

    def __init__(
        self, sheet: Sheet, context: Context, rules: ScoreBook, places: _Places, scores: Sequence[DepartmentScore]
    ) -> None:
        self.sheet = sheet
        self.language = context.language
        self.say = context.language.say
        self.rules = rules
        self.places = places
        self.scores = scores
        self.total_word = self.say("合计", "Total")
        self.missing_word = self.say("缺", "missing")

    def write(self, title: str) -> None:
        """Write the sheet; below the last row there is room for more."""
        headings = HEADINGS[self.language].split("|")
        words = self.say(
            "数字都是公式，改“评分过程”里的黄色格就会重算；不要排序",
            "every figure is a formula and follows the yellow cells of “Scoring”; do not sort",
        )
        self.base = begin_list(self.sheet, title, headings, WIDTHS, self.language, words)
        for one in self.scores:
            self._department(one)
        shown = {GROUP: self.rules.ranking, GRADE: bool(self.rules.grades), RANK: self.rules.ranking}
        for column, keep in shown.items():
            if not keep:
                self.sheet.call("set_column", column, column, WIDTHS[column], None, {"hidden": True})
        self.sheet.raw.freeze_panes(FIRST_ROW, NAME + 1)
        _end(self.sheet)

    def _department(self, one: DepartmentScore) -> None:
        top = self.places.tops[one.department]
        row = top
        for goal in one.goals:
            self._goal(row, one, goal)
            row += 1
        for gain in one.credits:
            self._line(row, one, self.say("加减分", "Bonus"), gain.kind, gain.words)
            self._value(row, WEIGHTED, gain.points)
            row += 1
        if one.credits:
            self._line(row, one, self.say("加减分", "Bonus"), self.say("小计", "Together"), self._limits())
            self._value(row, WEIGHTED, one.credit, self._credit_formula(row - len(one.credits), row - 1))
            row += 1
        self._total(row, one, top)

    def _limits(self) -> str:
        most, least = self.rules.most_bonus, self.rules.most_deduction
        parts = [self.say(f"最多加 {most}", f"at most {most} added")] if most is not None else []
        parts += [self.say(f"最多减 {least}", f"at most {least} taken")] if least is not None else []
        return self.say("，", ", ").join(parts)

    def _credit_formula(self, first: int, last: int) -> str:
        text = f"SUM({_range(WEIGHTED, first, last)})"
        most, least = self.rules.most_bonus, self.rules.most_deduction
        text = text if most is None else f"MIN({most:f},{text})"
        return "=" + (text if least is None else f"MAX(-{least:f},{text})")

    def _goal(self, row: int, one: DepartmentScore, goal: GoalScore) -> None:
        score = goal.score
        words = "" if score is None else self.say("；", "; ").join(score.reasons)
        if score is None:
            words = self.say("没有评分办法，不计分", "no rule: not scored")
        elif goal.weight is None:
            words = self.say("；", "; ").join(filter(None, (words, self.say("没有权重，不计入合计", "no weight"))))
        self._line(row, one, goal.goal, goal.name, words, "" if score is None else score.rule.name)
        if goal.weight is not None:
            self._value(row, WEIGHT, goal.weight)
        if score is None:
            return
        first = self.places.steps[one.department, goal.goal]
        cell = result_cell(score, first, LEFT + FIGURE)
        self._value(row, FULL, score.rule.full)
        self._value(row, SCORE, score.value, f"='{SHEETS[self.language][1]}'!{cell}", "0.00")
        if goal.weight is not None:
            self._weighted(row, goal)

    def _weighted(self, row: int, goal: GoalScore) -> None:
        assert goal.score is not None and goal.weight is not None  # noqa: PT018
        weight, full, score = (reference(row, column, fixed_column=True) for column in (WEIGHT, FULL, SCORE))
        absent = not_applicable(self.language)
        formula = (
            f"=IF(ISNUMBER({score}),ROUND({weight}*{score}/{full},{PLACES}),"
            f"IF({score}={quoted(absent)},{quoted(absent)},{quoted(self.missing_word)}))"
        )
        value: Value = self.missing_word
        if isinstance(goal.score.value, Decimal):
            value = divided(goal.weight * goal.score.value, goal.score.rule.full)
        elif goal.score.value == absent:
            value = absent
        self._value(row, WEIGHTED, value, formula, "0.00")

    def _total(self, row: int, one: DepartmentScore, top: int) -> None:
        say = self.say
        words = [f"{say('最高', 'at best ')}“{grade}”{say('：', ': ')}{why}" for grade, why in one.vetoes]
        words += [say(f"{name}无法判断", f"{name} cannot be told") for name in one.open_vetoes]
        if one.tied:
            words.append(say("名次并列", "rank shared"))
        self._line(row, one, "", self.total_word, say("；", "; ").join(words), total=True)
        self._value(row, SCORE, one.total, self._total_formula(one, top), "0.00", total=True)
        if self.rules.grades:
            formula, look = self._grade_formula(row, one), {**self._look(total=True), "align": "center"}
            if len(formula) <= MAX_FORMULA:
                self.sheet.formula(row, GRADE, formula, look, one.grade(self.language))
            else:  # hundreds of goals with vetoes of their own
                self.sheet.text(row, GRADE, one.grade(self.language), look)
        if self.rules.ranking:
            look = {**self._look(total=True), "align": "center"}
            self.sheet.formula(row, RANK, self._rank_formula(row), look, "" if one.rank is None else one.rank)

    def _total_formula(self, one: DepartmentScore, top: int) -> str:
        if not one.counting:
            return f"={quoted(str(one.total))}"
        last = top + len(one.goals) - 1
        ids, weights, weighted = (_range(column, top, last) for column in (ID, WEIGHT, WEIGHTED))
        absent, missing = quoted(not_applicable(self.language)), quoted(self.missing_word)
        credit = reference(last + len(one.credits) + 1, WEIGHTED, fixed_row=True, fixed_column=True)
        begin, end = self.say("无法评分：目标|没有得分", "cannot score: goal | has no score").split("|")
        found = f"MATCH({missing},{weighted},0)"
        applying = f"SUMPRODUCT(ISNUMBER({weighted})*{weights})"
        whole = f"(SUMIF({weighted},{absent},{weights})+{applying})"
        sums = f"ROUND({whole}*SUM({weighted})/{applying},{PLACES})"
        sums = f"ROUND({sums}{'+' + credit if one.credits else ''},{self.rules.decimals})"
        wrong = f"{quoted(begin)}&INDEX({ids},{found})&{quoted(end)}"
        return f"=IF(ISNUMBER({found}),{wrong},IF(COUNT({weighted})=0,{absent},{sums}))"

    def _grade_formula(self, row: int, one: DepartmentScore) -> str:
        total = reference(row, SCORE, fixed_column=True)
        place = str(len(self.rules.grades))
        for number, grade in reversed(list(enumerate(self.rules.grades, 1))):
            place = f"IF({total}>={grade.begins:f},{number},{place})"
        cells = [(self._veto_cell(one, goal, veto.name), veto.grade) for goal, veto, _ in one.rule_vetoes]
        adopted = sorted({str(self.rules.place_of(grade)) for grade, _ in one.adopted_vetoes})
        most = ",".join([place, *adopted, *(f"IF({cell}=1,{self.rules.place_of(grade)},1)" for cell, grade in cells)])
        names = ",".join(quoted(grade.name) for grade in self.rules.grades)
        text = f"CHOOSE(MAX({most}),{names})"
        if cells:
            unclear = quoted(self.say(*UNCLEAR))
            text = f"IF(OR({','.join(f'ISTEXT({cell})' for cell, _ in cells)}),{unclear},{text})"
        return f'=IF(ISNUMBER({total}),{text},"")'

    def _veto_cell(self, one: DepartmentScore, goal: str, name: str) -> str:
        score = next(found.score for found in one.goals if found.goal == goal)
        assert score is not None
        cell = cells_of(score, self.places.steps[one.department, goal], LEFT + FIGURE)[name]
        return f"'{SHEETS[self.language][1]}'!{cell}"

    def _rank_formula(self, row: int) -> str:
        total, group = (reference(row, column, fixed_column=True) for column in (SCORE, GROUP))
        groups, names, totals = (_range(column, FIRST_ROW, self.places.last) for column in (GROUP, NAME, SCORE))
        same = f"({groups}={group})*({names}={quoted(self.total_word)})"
        return f'=IF(ISNUMBER({total}),1+SUMPRODUCT({same}*ISNUMBER({totals})*({totals}>{total})),"")'

    # cells

    def _look(self, *, total: bool = False) -> dict[str, object]:
        return {**self.base, **({"bold": True, "bg_color": TOTAL} if total else {})}

    def _line(
        self, row: int, one: DepartmentScore, first: str, name: str, words: str, rule: str = "", *, total: bool = False
    ) -> None:
        texts = {DEPARTMENT: one.name, GROUP: one.group, ID: first, NAME: name, RULE: rule, REMARKS: words}
        lines = max(line_count(text, WIDTHS[place]) for place, text in texts.items())
        self.sheet.call("set_row", row, height_of(max(lines, 1), 10))
        look = self._look(total=total)
        for place in range(len(WIDTHS)):
            self.sheet.text(row, place, texts.get(place, ""), {**look, "num_format": "@", "align": "left", "indent": 1})

    def _value(
        self, row: int, column: int, value: Value, formula: str = "", number: str = "General", *, total: bool = False
    ) -> None:
        look = {**self._look(total=total), "num_format": number}
        score_steps.write_value(self.sheet, row, column, value, formula, look)


def _range(column: int, first: int, last: int) -> str:
    begin, end = (reference(row, column, fixed_row=True, fixed_column=True) for row in (first, last))
    return f"{begin}:{end}"


def _write_calculations(
    sheet: Sheet,
    context: Context,
    scores: Sequence[DepartmentScore],
    rules: ScoreBook,
    place_of: PlaceOf | None,
) -> None:
    language = context.language
    begins = language.say("责任单位|编号|目标名称", "Department|No.|Goal").split("|")
    columns = len(score_steps.WIDTHS) - (place_of is None)
    headings = [*begins, *score_steps.HEADINGS[language].split("|")[:columns]]
    widths = [16, 9, 22, *score_steps.WIDTHS[:columns]]
    words = language.say("黄色是取的数，下面一行一行是公式", "yellow: what was taken; below it, line by line, formulas")
    base = begin_list(sheet, SHEETS[language][1], headings, widths, language, words)
    row = FIRST_ROW
    for one in scores:
        for goal in one.goals:
            if goal.score is None:
                continue
            for step in step_rows(goal.score, row, LEFT + FIGURE, language, rules.decimals):
                sheet.call("set_row", row, row_height(step))
                look: Look = {**base, "num_format": "@", "align": "left", "indent": 1}
                for place, text in enumerate((one.name, goal.goal, goal.name)):
                    sheet.text(row, place, text, look)
                score_steps.write_step(sheet, row, LEFT, step, base, language, place_of)
                row += 1
    sheet.raw.freeze_panes(FIRST_ROW, LEFT)
    _end(sheet)


def _end(sheet: Sheet) -> None:
    sheet.raw.hide_gridlines(2)
    sheet.raw.set_landscape()
    sheet.raw.set_paper(8)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.repeat_rows(1)
