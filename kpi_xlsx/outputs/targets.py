"""The sheet 指标 in the master: every target of every goal, what was reported of it, and what can be said of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look, Sheet, height_of, line_count, looks_merged
from kpi_xlsx.judgements import GoalPace, Judgement
from kpi_xlsx.model import Scalar
from kpi_xlsx.outputs.listing import FIRST_ROW, PlaceOf, begin_list, end_list, link_cell
from kpi_xlsx.pace_rules import PACE_COLOURS, Pace
from kpi_xlsx.pacing import Pacing
from kpi_xlsx.report import Row
from kpi_xlsx.targets import BASIS_WORDS

FROZEN = 4
SHARE = "0.0%"
_COLUMNS = (
    ("责任单位", "Department", 14.0),
    ("编号", "No.", 8.0),
    ("目标名称", "Goal", 20.0),
    ("指标", "Target", 22.0),
    ("目标值", "Target value", 12.0),
    ("单位", "Unit", 8.0),
    ("口径", "Basis", 8.0),
    ("填报数值", "Reported", 12.0),
    ("研判", "Pace", 12.0),
    ("判断依据", "Reason", 46.0),
    ("完成率", "Done", 9.0),
    ("序时要求", "Expected", 9.0),
    ("位置", "Master", 8.0),
)

Judged = tuple[Row, GoalPace]


def write_targets(sheet: Sheet, pacing: Pacing, rows: Callable[[], Iterable[Row]], place_of: PlaceOf) -> None:
    """One row for each target, in plan order; `rows` begins the master's rows anew."""
    context, say = pacing.context, pacing.context.language.say
    counts = Counter(one.state for _, pace in _judged(pacing, rows()) for one in pace.judgements)
    word = context.template.pace.word
    summary = say("、", ", ").join(
        f"{word(state, context.language)} {counts[state]}" for state in Pace if counts[state]
    )
    headings = [say(zh, en) for zh, en, _ in _COLUMNS]
    widths = [width for _, _, width in _COLUMNS]
    base = begin_list(sheet, say("指标", "Targets"), headings, widths, context.language, summary)
    row = FIRST_ROW - 1
    for own, pace in _judged(pacing, rows()):
        for one in pace.judgements:
            row += 1
            _write_row(sheet, row, [*_values(context, own, one)], one.state, base)
            link_cell(sheet, row, len(_COLUMNS) - 1, place_of(own.department, own.id, None), base)
    if row >= FIRST_ROW:
        looks_merged(sheet, [0, 2], FIRST_ROW, row, "FFFFFF", base["border_color"])
        for place in (0, 2):
            sheet.fill(row + 1, place, place, {"top": 1, "top_color": base["border_color"]})
    end_list(sheet, row, len(_COLUMNS), FROZEN)


def _judged(pacing: Pacing, rows: Iterable[Row]) -> Iterator[Judged]:
    for row in rows:
        pace = pacing.pace_of(row)
        if pace is not None:
            yield row, pace


def _values(context: Context, row: Row, one: Judgement) -> Iterator[Scalar | None]:
    target, goal = one.target, row.goal
    yield context.plan.by_code[row.department].name
    yield target.id if target is not None else row.id
    yield goal.name if goal is not None else ""
    yield target.name if target is not None else ""
    yield target.value if target is not None else ""
    yield target.unit if target is not None else ""
    yield context.language.say(*BASIS_WORDS[target.basis]) if target is not None and target.basis is not None else ""
    yield None if one.actual is None else float(one.actual)
    yield context.template.pace.word(one.state, context.language)
    yield one.reason
    yield None if one.completion is None else float(one.completion)
    yield None if one.expected is None else float(one.expected)


def _write_row(sheet: Sheet, number: int, values: Sequence[Scalar | None], state: Pace, base: Look) -> None:
    shown = [value if isinstance(value, str) else "" for value in values]
    lines = max(line_count(text, width) for text, (_, _, width) in zip(shown, _COLUMNS, strict=False))
    sheet.call("set_row", number, height_of(max(lines, 2), 10))
    for place, value in enumerate(values):
        prose = _COLUMNS[place][2] > 18
        look = {**base, **({"align": "left", "indent": 1} if prose else {"align": "center"})}
        if isinstance(value, str):
            look["num_format"] = "@"
        if place in (0, 2):
            look |= {"top": 0, "bottom": 0}
        if place == _STATE:
            fill, ink = PACE_COLOURS[state]
            look |= {"bg_color": fill, "font_color": ink, "bold": True}
        if place in _SHARES:
            look["num_format"] = SHARE
        sheet.value(number, place, value, look)


_STATE = next(place for place, (zh, _, _) in enumerate(_COLUMNS) if zh == "研判")
_SHARES = frozenset(place for place, (zh, _, _) in enumerate(_COLUMNS) if zh in ("完成率", "序时要求"))
