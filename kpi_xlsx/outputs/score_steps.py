"""The calculation of one score on a sheet: its inputs as visible cells, below them each line as a live formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpi_xlsx.excel import Look, Sheet, height_of, line_count, reference
from kpi_xlsx.model import Language
from kpi_xlsx.outputs.listing import PlaceOf, link_cell
from kpi_xlsx.score_measures import NOT_APPLICABLE_WORDS, Value, lacking
from kpi_xlsx.score_sums import Veto
from kpi_xlsx.scoring import Score

HEADINGS = {
    Language.ZH: "步骤|名称|数值|怎么得来的|评分办法|位置",
    Language.EN: "Step|Name|Figure|How it came about|The rule|Master",
}
WIDTHS = (9, 22, 20, 54, 46, 9)
NAME, FIGURE, HOW, RULE, PLACE = 1, 2, 3, 4, 5
INPUT, RESULT = "FFF9E5", "DDEBF7"
WRONG, QUIET = "9C0006", "7F7F7F"


@dataclass(frozen=True, slots=True)
class StepRow:
    """One row of a calculation."""

    word: str
    name: str
    value: Value
    formula: str
    """Empty for an input."""
    how: str
    rule: str
    place: tuple[str, str, str] | None = None
    fill: str = ""
    veto: bool = False


def count_rows(score: Score) -> int:
    """How many rows a calculation takes."""
    return len(score.inputs) + len(score.steps) + 1


def cells_of(score: Score, row: int, column: int) -> Mapping[str, str]:
    """The cell of each input and line of a calculation that begins at this row."""
    names = [*score.inputs, *(one.line.name for one in score.steps)]
    return {
        name: reference(number, column, fixed_row=True, fixed_column=True) for number, name in enumerate(names, row)
    }


def result_cell(score: Score, row: int, column: int) -> str:
    """The cell of the score itself."""
    return reference(row + count_rows(score) - 1, column, fixed_row=True, fixed_column=True)


def step_rows(score: Score, row: int, column: int, language: Language, decimals: int) -> Iterator[StepRow]:
    """The rows of a calculation that begins at this row and has its figures in this column."""
    say, cells = language.say, cells_of(score, row, column)
    for name, figure in score.inputs.items():
        value: Value = lacking(name, language) if figure.value is None else figure.value
        yield StepRow(say("取数", "Input"), name, value, "", figure.words, "", figure.place, INPUT)
    for step in score.steps:
        line = step.line
        word = say("否决", "Veto") if isinstance(line, Veto) else say("计算", "Line")
        formula = f"={line.formula(cells, language)}"
        yield StepRow(
            word, line.name, step.value, formula, step.words, line.words(language), veto=isinstance(line, Veto)
        )
    last = cells[score.rule.result.name]
    formula = f"=IF(ISNUMBER({last}),ROUND({last},{decimals}),{last})"
    how = say("；", "; ").join(score.reasons)
    yield StepRow(say("得分", "Score"), score.rule.name, score.value, formula, how, score.rule.note, fill=RESULT)


def write_step(
    sheet: Sheet, row: int, left: int, one: StepRow, base: Look, language: Language, place_of: PlaceOf | None
) -> None:
    """Write one row of a calculation, from this column on."""
    fill = {"bg_color": one.fill} if one.fill else {}
    bold = {"bold": True} if one.fill == RESULT else {}
    text = {**base, **fill, **bold, "num_format": "@", "align": "left", "indent": 1}
    sheet.text(row, left, one.word, {**text, "align": "center", "indent": 0})
    sheet.text(row, left + NAME, one.name, text)
    write_value(sheet, row, left + FIGURE, one.value, one.formula, {**base, **fill, **bold, **_format(one, language)})
    sheet.text(row, left + HOW, one.how, text)
    sheet.text(row, left + RULE, one.rule, text)
    if place_of is not None:
        target = None if one.place is None else place_of(*one.place)
        sheet.fill(row, left + PLACE, left + PLACE, {**base, **fill})
        link_cell(sheet, row, left + PLACE, target, {**base, **fill})


def row_height(one: StepRow) -> float:
    """How tall a row of a calculation must be."""
    texts = ((one.name, NAME), (one.how, HOW), (one.rule, RULE))
    lines = [line_count(text, WIDTHS[place]) for text, place in texts]
    lines.append(line_count(one.value, WIDTHS[FIGURE]) if isinstance(one.value, str) else 1)
    return height_of(max(lines), 10)


def _format(one: StepRow, language: Language) -> Look:
    if one.veto:
        yes, no = language.say('"触发"', '"veto"'), language.say('"未触发"', '"no veto"')
        return {"num_format": f"[=1]{yes};[=0]{no};General"}
    return {"num_format": "General"}


def write_value(sheet: Sheet, row: int, column: int, value: Value, formula: str, look: Look) -> None:
    """A figure or the words in its place, as a formula with its true value or as what they are."""
    if isinstance(value, str):
        ink = QUIET if value in NOT_APPLICABLE_WORDS else WRONG
        look = {**look, "font_color": ink, "align": "center", "text_wrap": True}
    else:
        look = {**look, "align": "right", "indent": 1}
    if formula:
        sheet.formula(row, column, formula, look, value if isinstance(value, str) else float(value))
    elif isinstance(value, Decimal):
        sheet.value(row, column, float(value), look)
    else:
        sheet.text(row, column, value, {**look, "num_format": "@"})
