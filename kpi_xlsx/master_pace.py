"""The master's cells on pace: state, reason, completion and alert of a goal, one line for each of its targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look
from kpi_xlsx.judgements import GoalPace, Judgement, percent
from kpi_xlsx.model import Scalar
from kpi_xlsx.pace_rules import PACE_COLOURS, Alert

SHARE = "0.0%"
_ALERT_INK = "404040"


def pace_cells(
    context: Context, pace: GoalPace | None, alert: tuple[Alert, int] | None
) -> Iterator[tuple[str, Scalar | None, Look]]:
    """Key, value and look of each cell; a goal takes a colour only if all its targets are in one state."""
    say, rules = context.language.say, context.template.pace
    judgements = () if pace is None else pace.judgements
    colours: Look = {}
    if pace is not None and pace.state is not None:
        fill, ink = PACE_COLOURS[pace.state]
        colours = {"bg_color": fill, "font_color": ink, "bold": True}
        yield "pace.state", rules.word(pace.state, context.language), colours
    else:
        yield "pace.state", _lines(judgements, lambda one: rules.word(one.state, context.language)), {}
    yield "pace.reason", _lines(judgements, lambda one: _reason(one, context, alone=len(judgements) == 1)), {}
    for key in ("completion", "expected"):
        shares = [getattr(one, key) for one in judgements]
        if len(shares) == 1:
            yield f"pace.{key}", None if shares[0] is None else float(shares[0]), {"num_format": SHARE}
        else:
            listed = any(share is not None for share in shares)
            yield f"pace.{key}", _lines(judgements, _shares(key)) if listed else None, {}
    if alert is None:
        yield "pace.alert", None, {}
    else:
        one, count = alert
        times = say(f"\n（连续 {count} 期）", f"\n({count} periods running)") if count > 1 else ""
        yield "pace.alert", one.name + times, {"bg_color": one.fill, "font_color": _ALERT_INK, "bold": True}


def _shares(key: str) -> Callable[[Judgement], str]:
    return lambda one: percent(getattr(one, key)) or "—"


def _lines(judgements: tuple[Judgement, ...], words: Callable[[Judgement], str]) -> str | None:
    """One line for each target, numbered where there are several."""
    if len(judgements) < 2:
        return words(judgements[0]) if judgements else None
    numbers = (one.target.number if one.target is not None else 0 for one in judgements)
    return "\n".join(f"{number}. {words(one)}" for number, one in zip(numbers, judgements, strict=True))


def _reason(one: Judgement, context: Context, *, alone: bool) -> str:
    if alone or one.target is None:
        return one.reason
    return context.language.say(f"{one.target.name}：{one.reason}", f"{one.target.name}: {one.reason}")
