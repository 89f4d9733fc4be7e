"""What a department told of a target, read in the target's own unit; what does not fit is trouble, not a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from kpi_xlsx.context import Context
from kpi_xlsx.figures import read_number
from kpi_xlsx.model import Answer, Cell, CellKind, CellType, Entry, Goal, Progress, Scalar, Source, plain
from kpi_xlsx.targets import Target, TargetBasis, convert, parse_basis
from kpi_xlsx.template import Column
from kpi_xlsx.units import unit_of

Pair = tuple[str, str]
"""The same words in Chinese and in English."""
CellOf = Callable[[str], Answer | None]
"""What stands in a cell of a goal's row, by its key."""
CONFIRMED = "confirmed"
"""Of a figure that somebody stands for beside the department."""
ACTUAL, AS_OF, STATUS = "actual", "data_as_of", "status"
"""The cells of a goal's row in which its only target is reported."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one target."""

    figure: Decimal | None = None
    raw: str = ""
    """The figure as it was typed."""
    trouble: Pair | None = None
    """Why there is no figure although something stands there."""
    mixed_units: bool = False
    """Whether that is because it is in another unit than the target's."""
    last_year: Decimal | None = None
    as_of: dt.date | None = None
    """The month up to which the figure counts, where the row says so."""
    basis: TargetBasis | None = None
    """What kind of figure it is, where the row says so."""
    progress: Progress | None = None
    confirmed: bool = False
    """Whether the office amended the figure, or an assessor settled it: then nobody need doubt its size."""
    answered: bool = False
    """Whether the department said anything in the goal's row."""


def cells_of(entry: Entry) -> CellOf:
    """The cells of a row as the department filled them in."""
    return entry.answers.get


def as_answer(value: Scalar) -> Answer:
    """A value without its cell, as if it had been typed."""
    return Answer("", plain(value), value)


def as_confirmed(value: Scalar) -> Answer:
    """The same of a value that the office amended or an assessor settled."""
    return replace(as_answer(value), why=CONFIRMED)


def uses_row(context: Context, goal: Goal) -> bool:
    """Whether a goal's only target is reported in the goal's own row; else each has a row in the second table."""
    column = context.template.main.by_key.get(ACTUAL)
    alone = len(context.plan.targets_of(goal.key)) < 2
    return alone and column is not None and column.type is CellType.NUMBER and column.source is Source.DEPARTMENT


def tell(context: Context, goal: Goal, target: Target, cell: CellOf, *, answered: bool) -> Told:
    """What a row tells of one of its goal's targets."""
    own = uses_row(context, goal)
    keys = (ACTUAL, AS_OF, STATUS) if own else tuple(f"{target.number}.{name}" for name in ("total", "as_of", "state"))
    figure, as_of, status = (cell(key) for key in keys)
    told = Told(answered=answered, progress=None if status is None else context.progress(status.value))
    if as_of is not None and isinstance(as_of.value, dt.date):
        told = replace(told, as_of=as_of.value)
    if not own:
        basis, before = cell(f"{target.number}.told_basis"), cell(f"{target.number}.last_year")
        told = replace(told, basis=None if basis is None else parse_basis(basis.raw))
        if before is not None:
            told = replace(told, last_year=_figure(before, target.unit, None)[0])
    if figure is None or figure.absent:
        return told
    column = context.template.main.by_key[ACTUAL] if own else None
    number, trouble, mixed = _figure(figure, target.unit, column, small=_is_small(target))
    told = replace(told, confirmed=figure.why == CONFIRMED)
    return replace(told, figure=number, raw=figure.raw, trouble=trouble, mixed_units=mixed)


def _is_small(target: Target) -> bool:
    """Whether a target in percent is so near to zero that 0.5 may be meant as it stands there."""
    low = None if target.expression is None else target.expression.low
    return low is None or abs(low) <= 1


def _figure(
    answer: Answer, unit: str, column: Column | None, *, small: bool = True
) -> tuple[Decimal | None, Pair | None, bool]:
    """A figure in a unit, else why there is none, and whether that is its unit."""
    heading = None if column is None else unit_of(column)
    if heading is not None and isinstance(answer.value, int | float) and not isinstance(answer.value, bool):
        found = convert(Decimal(repr(answer.value)), heading.word, unit) if unit else Decimal(repr(answer.value))
        if found is None:
            zh = f"“{answer.raw}”的单位是{heading.word}，目标的单位是{unit}"
            return None, (zh, f"“{answer.raw}” is in {heading.word}, the target in {unit}"), True
        return _tidy(found), None, False
    read = read_number(_column(unit), Cell(0, 0, CellKind.TEXT, answer.raw), answer.raw)
    if isinstance(read.value, int | float) and (small or read.why != "fraction"):
        return _tidy(Decimal(repr(read.value))), None, False
    if read.why == "fraction":
        words = f"“{answer.raw}”像是百分数的小数写法", f"“{answer.raw}” looks like a percentage written as a fraction"
        return None, words, True
    bare = read_number(_column(""), Cell(0, 0, CellKind.TEXT, answer.raw), answer.raw)
    if bare.value is not None and unit:
        return None, (f"“{answer.raw}”的单位不是{unit}", f"“{answer.raw}” is not in {unit}"), True
    return None, (f"“{answer.raw}”读不成一个数", f"“{answer.raw}” is no one figure"), False


def _column(unit: str) -> Column:
    return Column("figure", f"figure ({unit})" if unit else "figure", Source.DEPARTMENT, CellType.NUMBER)


def _tidy(number: Decimal) -> Decimal:
    whole = number.quantize(Decimal("1e-9")).normalize()
    return whole if whole.is_finite() else number
