"""A cycle's folder to its settings and its Context: cycle.toml, template and plan, with every mistake at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kpi_xlsx.checks import BY_CODE
from kpi_xlsx.context import Context
from kpi_xlsx.definition import find_template, load_template
from kpi_xlsx.model import CycleError, Language, Mistake, PlanError, Source, match_key
from kpi_xlsx.periods import Period
from kpi_xlsx.plan import GOAL_HEADINGS, load_plan
from kpi_xlsx.score_book import ScoreBook
from kpi_xlsx.score_definition import load_scores
from kpi_xlsx.score_inputs import score_mistakes
from kpi_xlsx.settings import FILE, Settings, load_settings
from kpi_xlsx.toml_files import nearest, read_toml

ANY_PERIOD = Period(dt.date(2000, 1, 1), dt.date(2000, 12, 31))
"""For looking a plan through while the cycle's own period is not known."""


def read_cycle(
    folder: Path, language: Language = Language.ZH, passwords: Iterable[str] = ()
) -> tuple[Settings, Context]:
    """Read a folder's cycle.toml, template and plan; locked returns will be tried with these passwords.

    Raises PlanError (CycleError if cycle.toml is at fault) with every mistake in all three at once. `language` is that
    of the messages until the template has said its own.
    """
    try:
        settings = load_settings(folder, language)
    except CycleError as error:
        raise CycleError([*error.mistakes, *_mistakes_beside(folder, language)]) from error
    try:
        design = find_template(settings.template, folder, language)
        template = load_template(design)
    except PlanError as error:
        raise PlanError([*error.mistakes, *_mistakes_in(load_plan, settings.plan, ANY_PERIOD, language)]) from error
    try:
        plan = load_plan(settings.plan, settings.period, template.language)
    except PlanError as error:
        raise PlanError([*error.mistakes, *_mistakes_in(_scores, settings, template.language)]) from error
    context = Context(
        settings.id,
        settings.period,
        template,
        plan,
        settings.return_by,
        settings.seal_key,
        settings.limits,
        tuple(passwords),
        settings.support_by,
        _scores(settings, template.language),
    )
    mistakes = list(_contradictions(context, design.name))
    if context.scores is not None:
        found = score_mistakes(context.scores, context)
        mistakes += [Mistake(settings.scoring.name, place, words) for place, words in found]
    if mistakes:
        raise PlanError(mistakes)
    return settings, context


def _scores(settings: Settings, language: Language) -> ScoreBook | None:
    """The scoring rules: a file that is named must be there, scores.toml need not."""
    if not settings.scoring.is_file():
        if not settings.scores:
            return None
        words = language.say(f"没有“{settings.scores}”这个文件。", f"There is no file “{settings.scores}”.")
        raise CycleError([Mistake(FILE, "scores", words)])
    return load_scores(settings.scoring, language)


def _mistakes_in(load: Callable[..., object], *arguments: object) -> tuple[Mistake, ...]:
    """What is wrong with something that cannot be used anyway, so that a person hears of everything in one go."""
    try:
        load(*arguments)
    except PlanError as error:
        return error.mistakes
    return ()


def _mistakes_beside(folder: Path, language: Language) -> Iterator[Mistake]:
    """The mistakes in template and plan of a cycle whose cycle.toml has some of its own."""
    try:
        data = read_toml(folder / FILE, CycleError)
    except CycleError:
        return  # not even TOML, or no cycle at all: that is the mistake
    if isinstance(data.get("template"), str):
        yield from _mistakes_in(lambda: load_template(find_template(data["template"], folder, language)))
    yield from _mistakes_in(load_plan, folder / "plan.xlsx", ANY_PERIOD, language)


def _contradictions(context: Context, design: str) -> Iterator[Mistake]:
    """What is right in template and plan by themselves, but not together."""
    template, plan, say = context.template, context.plan, context.language.say
    for code in template.severity:
        if code not in BY_CODE:
            close = nearest(code, BY_CODE)
            hint = say(f"，是不是 {close}？", f"; did you mean {close}?") if close else say("。", ".")
            words = say(f"没有 {code} 这条规则", f"There is no rule {code}") + hint
            yield Mistake(design, f"severity.{code}", words)
    spare = {match_key(name) for name in context.spare_ids()}
    for goal in plan.goals:
        if match_key(goal.id) in spare:
            words = say(
                f"编号“{goal.id}”留给备用行使用，请换一个。",
                f"The id “{goal.id}” is kept for spare rows; take another.",
            )
            yield Mistake("plan.xlsx", "", words)
    headings = {match_key(heading) for heading in plan.extra}
    for column in template.main.of(Source.PLAN):
        if column.key not in GOAL_HEADINGS and not {match_key(column.header), column.key} & headings:
            words = say(
                f"模板里的“{column.header}”取自年度目标，但 plan.xlsx 没有这一列。",
                f"The template takes “{column.header}” from the plan, but plan.xlsx has no such column.",
            )
            yield Mistake(design, f"columns[{column.key}]", words)
