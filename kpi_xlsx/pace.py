"""Progress against time: what can be said of each target from what was filled in, with the reason in a sentence.

A verdict comes from structured cells alone, never from prose. Quantities are held against the share of the year that
is gone (or against the target's milestones); growth rates, ratios, stocks and ranks as they stand: both are what
published rules do. What was reported on another basis, in another unit or not at all is no verdict.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from kpi_xlsx.context import Context
from kpi_xlsx.judgements import Doubt, GoalPace, Judgement, percent
from kpi_xlsx.model import Frequency, Goal, Progress
from kpi_xlsx.pace_rules import Pace, PaceRules
from kpi_xlsx.periods import month_end
from kpi_xlsx.targets import BASIS_WORDS, BY_STATUS, DIRECT, Expression, Operator, Target, TargetBasis, figure
from kpi_xlsx.told_figures import CellOf, Pair, Told, tell

FAR_TOO_MUCH = 8
"""So many times a year's target no flow brings: a stock, or another unit, stands there."""
_DIRECTIONS = (Operator.UP, Operator.DOWN)


def judge_goal(context: Context, goal: Goal, cell: CellOf, *, answered: bool) -> GoalPace:
    """What can be said of a goal's targets from the cells of its row; without targets its status is judged."""
    targets = context.plan.targets_of(goal.key)
    if not targets:
        status = cell("status")
        told = Told(progress=None if status is None else context.progress(status.value), answered=answered)
        return GoalPace((_Judge(context, goal, None, told).judge(),))
    found = ((target, tell(context, goal, target, cell, answered=answered)) for target in targets)
    return GoalPace(tuple(_Judge(context, goal, target, told).judge() for target, told in found))


class _Judge:
    """Judges one target of a goal by what was told of it."""

    def __init__(self, context: Context, goal: Goal, target: Target | None, told: Told) -> None:
        self.context = context
        self.goal = goal
        self.target = target
        self.told = told
        self.say = context.language.say
        self.rules: PaceRules = context.template.pace
        self.overdue = month_end(goal.due.year, goal.due.month) <= context.period.end

    def judge(self) -> Judgement:
        asleep = self._asleep()
        if asleep is not None:
            return asleep
        target, told = self.target, self.told
        by_status = target is None or target.basis in BY_STATUS or (target.basis is None and target.expression is None)
        if target is None or (by_status and (target.expression is None or told.figure is None)):
            return self._by_status()
        if told.figure is None:
            return self._without_figure(target)
        doubted = self._doubted(target, told.figure)
        if doubted is not None:
            return doubted
        assert target.expression is not None
        if target.expression.operator in _DIRECTIONS:
            return self._direction(target, target.expression, told.figure)
        low = target.expression.low
        assert low is not None
        if target.basis is TargetBasis.FLOW and self.rules.pro_rata and low > 0:
            return self._pro_rata(target.expression, told.figure, low)
        return self._direct(target, target.expression, told.figure, low)

    # --- what decides before any figure does ---

    def _asleep(self) -> Judgement | None:
        """The verdict of a goal that is not to be reported, or of which nothing was."""
        context, goal, told = self.context, self.goal, self.told
        if context.closed(goal):
            return self._verdict(Pace.NOT_DUE, "本期不填", "not to be reported this period")
        if told.answered:
            return None
        if goal.frequency is Frequency.EXCEPTION:
            return self._verdict(Pace.NOT_DUE, "例外，本期没有发生", "an exception: nothing happened")
        return self._verdict(Pace.UNREPORTED, "没有报送", "nothing was reported")

    def _pending(self) -> Judgement | None:
        """The verdict where the status says why there is no figure."""
        match self.told.progress:
            case Progress.DATA_PENDING:
                return self._cannot("数据待发布", "the figures are not out yet")
            case Progress.CHANGE_REQUESTED:
                return self._cannot("已申请调整目标", "a change of the target was requested")
            case Progress.NOT_DUE if not self.overdue:
                return self._verdict(Pace.NOT_DUE, "单位报未到节点", "reported as not yet due")
        return None

    def _by_status(self) -> Judgement:
        """A deliverable or a condition: done or not done, as the status says."""
        pending = self._pending()
        if pending is not None:
            return pending
        progress = self.told.progress
        if progress is None and self.told.trouble is not None:
            return self._cannot(*self.told.trouble)
        if progress is None:
            return self._verdict(Pace.UNREPORTED, "没有填完成状态", "no status was given")
        if progress is Progress.COMPLETED:
            return self._verdict(Pace.MET, "报已完成", "reported as completed")
        if self.overdue:
            due = self._due()
            return self._verdict(Pace.OVERDUE, f"{due}到期，没有报已完成", f"due by {due}, not reported as completed")
        if progress is Progress.NOT_STARTED:
            return self._not_started()
        if progress is Progress.BEHIND:
            return self._verdict(Pace.BEHIND, "单位自报滞后", "reported as behind")
        return self._verdict(Pace.ON_TRACK, "单位自报正常推进", "reported as on track")

    def _not_started(self) -> Judgement:
        share, words = self._expected(self.context.period.end)
        if self.target is not None and self.target.milestones and share > 0:
            zh, en = words
            done = percent(share)
            return self._verdict(Pace.BEHIND, f"未启动，{zh}应完成 {done}", f"not started; {done} {en}")
        due = self._due()
        return self._cannot(
            f"未启动，{due}到期，中间没有节点可以对照",
            f"not started; due by {due}, with no milestone to hold it against",
        )

    def _without_figure(self, target: Target) -> Judgement:
        if self.told.trouble is not None:
            return self._cannot(*self.told.trouble, Doubt.UNIT if self.told.mixed_units else None)
        pending = self._pending()
        if pending is not None:
            return pending
        if target.basis is TargetBasis.SCORE:
            return self._cannot("没有得分，不能计分", "there is no score")
        wanted = target.shown(self.context.language)
        return self._verdict(
            Pace.UNREPORTED, f"没有填数值，目标是 {wanted}", f"no figure was given; the target is {wanted}"
        )

    def _doubted(self, target: Target, actual: Decimal) -> Judgement | None:
        """The verdict on a figure that cannot be held against the target."""
        told, expression = self.told, target.expression
        if expression is None:
            return self._cannot(f"看不懂目标值“{target.text}”", f"the target “{target.text}” is not understood")
        if told.basis is not None and target.basis is not None and told.basis is not target.basis:
            ours, theirs = (BASIS_WORDS[one] for one in (target.basis, told.basis))
            return self._cannot(
                f"填的是{theirs[0]}，目标是{ours[0]}，两者不能比",
                f"the figure is a {theirs[1]}, the target a {ours[1]}: they do not compare",
                Doubt.BASIS,
            )
        if told.as_of is not None and told.as_of < self.context.period.year_begin:
            month = f"{told.as_of:%Y-%m}"
            return self._cannot(
                f"数据截至 {month}，不是今年的", f"the figure is as of {month}, not of this year", Doubt.PERIOD
            )
        direct = target.unit == "%" or target.basis in DIRECT or expression.operator in _DIRECTIONS
        if target.basis is None and not direct:
            return self._cannot(
                "目标没有写口径（流量还是存量）", "the target does not say whether it is a flow or a stock"
            )
        unsaid = told.basis is None and not told.confirmed
        if target.basis is TargetBasis.FLOW and unsaid and self._too_much(expression, actual):
            times = figure((actual / expression.low).quantize(Decimal("0.1"))) if expression.low else ""
            return self._cannot(
                f"{_apart(self._show(actual))}是目标的 {times} 倍，像是存量或单位不同，请核对口径",
                f"{self._show(actual)} is {times} times the target: a stock, or another unit? Check the basis",
                Doubt.BASIS,
            )
        return None

    @staticmethod
    def _too_much(expression: Expression, actual: Decimal) -> bool:
        more = expression.operator in (Operator.AT_LEAST, Operator.MORE, Operator.EQUAL)
        return more and expression.low is not None and 0 < expression.low * FAR_TOO_MUCH <= actual

    # --- figures ---

    def _direction(self, target: Target, expression: Expression, actual: Decimal) -> Judgement:
        """A target that only says whether a figure is to rise or fall."""
        before = self.told.last_year if self.told.last_year is not None else target.baseline
        if target.basis is TargetBasis.GROWTH:
            before, zh, en = Decimal(0), f"{self._show(actual)}", f"{self._show(actual)}"
        elif before is None:
            return self._cannot(
                f"只有本期数 {self._show(actual)}，没有上年同期数可比",
                f"{self._show(actual)}, and no figure of last year to compare with",
            )
        else:
            zh, en = (
                f"{self._show(actual)}，上年同期 {self._show(before)}",
                f"{self._show(actual)} against {self._show(before)} last year",
            )
        down = expression.operator is Operator.DOWN
        reached = actual < before if down else actual > before
        wanted = ("下降", "fall") if down else ("上升", "rise")
        zh = f"{zh}，{'已' if reached else '没有'}{wanted[0]}"
        en = f"{en}: it was to {wanted[1]} and did{'' if reached else ' not'}"
        return self._verdict(self._reached(reached, Pace.ON_TRACK), zh, en, actual=actual)

    def _reached(self, reached: bool, before: Pace) -> Pace:
        """The state of what is judged as it stands: `before` the due date, if it is reached."""
        if reached:
            return Pace.MET if self.overdue else before
        return Pace.OVERDUE if self.overdue else Pace.BEHIND

    def _direct(self, target: Target, expression: Expression, actual: Decimal, low: Decimal) -> Judgement:
        """A growth rate, ratio, stock, rank or score: held against the target as it stands."""
        reached = expression.holds(actual)
        state = self._reached(reached, self._above(expression, actual, low))
        if reached and target.basis is TargetBasis.STOCK and not expression.lower_is_better:
            state = Pace.MET
        gap = self._gap(expression, actual, low)
        tolerance = self.rules.tolerance
        near = not reached and not self.overdue and low > 0 < tolerance and abs(gap) * 100 <= tolerance * low
        state = Pace.ON_TRACK if near else state
        basis = target.basis or TargetBasis.RATIO
        zh, en = self._compared(expression, actual, reached)
        kind = BASIS_WORDS[basis]
        zh, en = f"{zh}（{kind[0]}类，直接比较）", f"{en} ({kind[1]}, compared as it stands)"
        if not reached:
            zh, en = f"{zh}，差 {self._show_gap(abs(gap))}", f"{en}, by {self._show_gap(abs(gap))}"
            zh, en = (f"{zh}，在容差内", f"{en}, within the tolerance") if near else (zh, en)
        counted = target.basis in (TargetBasis.FLOW, TargetBasis.STOCK, TargetBasis.SCORE)
        share = actual / low if low > 0 and counted and not expression.lower_is_better else None
        return self._verdict(state, zh, en, actual=actual, completion=share)

    def _above(self, expression: Expression, actual: Decimal, low: Decimal) -> Pace:
        margin = low * self.rules.ahead / 100
        if expression.operator is Operator.BETWEEN or low <= 0 or expression.operator is Operator.EQUAL:
            return Pace.ON_TRACK
        far = actual <= low - margin if expression.lower_is_better else actual >= low + margin
        return Pace.AHEAD if far else Pace.ON_TRACK

    @staticmethod
    def _gap(expression: Expression, actual: Decimal, low: Decimal) -> Decimal:
        edge = expression.high if expression.high is not None and actual > expression.high else low
        return actual - edge

    def _compared(self, expression: Expression, actual: Decimal, reached: bool) -> Pair:
        """A figure beside the target: 6.8% 低于目标 8%."""
        wanted = self._wanted(expression)
        if reached:
            over = expression.low is not None and actual != expression.low and expression.high is None
            more = ("低于" if actual < (expression.low or 0) else "高于") if over else "达到"
            en = ("is below" if actual < (expression.low or 0) else "is above") if over else "reaches"
        else:
            above = expression.lower_is_better or (expression.high is not None and actual > expression.high)
            same = expression.low == actual
            more = "没有超过" if same else "高于" if above else "低于"
            en = "is no more than" if same else "is above" if above else "is below"
        shown = self._show(actual)
        return f"{_apart(shown)}{more}目标 {wanted}", f"{shown} {en} the target of {wanted}"

    def _wanted(self, expression: Expression) -> str:
        if expression.high is not None and expression.low is not None:
            return f"{figure(expression.low)}..{self._show(expression.high)}"
        return self._show(expression.low or Decimal(0))

    def _pro_rata(self, expression: Expression, actual: Decimal, low: Decimal) -> Judgement:
        """A quantity that grows through the year: the share that is done against the share that is expected."""
        until = self.told.as_of or self.context.period.end
        expected, words = self._expected(until)
        share = actual / low
        state = self._by_share(expression, actual, share, expected)
        gap = (share - expected) * 100
        shown = figure(abs(gap).quantize(Decimal("0.1"), ROUND_HALF_UP))
        done = self._show(actual), self._wanted(expression), percent(share), percent(expected)
        if expression.lower_is_better:
            zh = f"已有 {done[0]}，占上限 {_apart(done[1])}的 {done[2]}；{words[0]}不宜超过 {done[3]}"
            en = f"{done[0]} so far, {done[2]} of the limit of {done[1]}; at most {done[3]} {words[1]}"
        else:
            zh = f"完成 {done[0]}，占目标 {_apart(done[1])}的 {done[2]}；{words[0]}要求 {done[3]}"
            en = f"{done[0]}, {done[2]} of the target of {done[1]}; {done[3]} {words[1]}"
        if state not in (Pace.MET, Pace.ON_TRACK):
            worse = (gap > 0) is expression.lower_is_better
            zh += f"，{'差' if worse else '超'} {shown} 个百分点"
            en += f", {shown} points {'short' if worse and not expression.lower_is_better else 'beyond'}"
        return self._verdict(state, zh, en, actual=actual, completion=share, expected=expected)

    def _by_share(self, expression: Expression, actual: Decimal, share: Decimal, expected: Decimal) -> Pace:
        tolerance, ahead = self.rules.tolerance / 100, self.rules.ahead / 100
        if expression.lower_is_better:
            if not expression.holds(actual):
                return Pace.OVERDUE if self.overdue else Pace.BEHIND
            if self.overdue:
                return Pace.MET
            late = share > expected + tolerance
            return Pace.BEHIND if late else Pace.AHEAD if share <= expected - ahead else Pace.ON_TRACK
        if expression.high is not None and actual > expression.high:
            return Pace.OVERDUE if self.overdue else Pace.BEHIND
        if expression.holds(actual) or (expression.operator is Operator.EQUAL and share >= 1):
            return Pace.MET
        if self.overdue:
            return Pace.OVERDUE
        if share < expected - tolerance:
            return Pace.BEHIND
        return Pace.AHEAD if share >= expected + ahead else Pace.ON_TRACK

    def _expected(self, until: dt.date) -> tuple[Decimal, Pair]:
        """The share of the target that is expected by the end of a month, and how that is said."""
        period, milestones = self.context.period, self.target.milestones if self.target else ()
        if milestones:
            end = month_end(until.year, until.month)
            reached = [one for one in milestones if period.month_of_year(one.month) <= end]
            share = reached[-1].share if reached else Decimal(0)
            month = f"{reached[-1].month}月" if reached else "首个"
            return share, (f"{month}节点", "expected by the last milestone")
        begin = period.year_begin
        gone = (until.year - begin.year) * 12 + until.month - begin.month + 1
        whole = (self.goal.due.year - begin.year) * 12 + self.goal.due.month - begin.month + 1
        if whole < 1:
            return Decimal(1), ("到期", "is due")
        gone = min(max(gone, 0), whole)
        return Decimal(gone) / whole, (f"序时（{gone}/{whole} 个月）", f"expected after {gone} of {whole} months")

    # --- words ---

    def _due(self) -> str:
        return f"{self.goal.due:%Y-%m}"

    def _show(self, number: Decimal) -> str:
        unit = self.target.unit if self.target else ""
        return figure(number) + (unit if unit in ("", "%") else f" {unit}")

    def _show_gap(self, number: Decimal) -> str:
        if self.target is not None and self.target.unit == "%":
            return figure(number) + self.say(" 个百分点", " points")
        return self._show(number)

    def _cannot(self, zh: str, en: str, doubt: Doubt | None = None) -> Judgement:
        return replace(self._verdict(Pace.CANNOT_TELL, zh, en, actual=self.told.figure), doubt=doubt)

    def _verdict(
        self,
        state: Pace,
        zh: str,
        en: str,
        *,
        actual: Decimal | None = None,
        completion: Decimal | None = None,
        expected: Decimal | None = None,
    ) -> Judgement:
        as_of, end = self.told.as_of, self.context.period.end
        if actual is not None and as_of is not None and (as_of.year, as_of.month) != (end.year, end.month):
            zh, en = f"{zh}（数据截至 {as_of:%Y-%m}）", f"{en} (as of {as_of:%Y-%m})"
        return Judgement(self.target, state, self.say(zh, en), actual, completion, expected)


def _apart(text: str) -> str:
    """A figure before Chinese words: with a space behind it, unless its unit is Chinese, too."""
    return f"{text} " if text[-1:].isascii() else text
