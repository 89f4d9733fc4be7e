"""Publishing a notice: what may be published is gathered, held against the gate, laid out and put in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from kpi_xlsx.checks import judge_plan
from kpi_xlsx.context import Context
from kpi_xlsx.destinations import demand_file
from kpi_xlsx.files import demand_closed, digest, landing, named_errors, put_in_place, temporary_beside
from kpi_xlsx.gate import tell_doubts, tell_reasons
from kpi_xlsx.history import keep_changed
from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.judging import demand_decisions, judge_arrivals
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import CycleError, Department, Finding, Mistake
from kpi_xlsx.office_program import make_pdf
from kpi_xlsx.past import Past
from kpi_xlsx.plan_comparison import compare_plans
from kpi_xlsx.publication import Publication, PublicRow, find_columns, find_rows
from kpi_xlsx.publication_text import FILE, NoticeWords, load_words
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
from kpi_xlsx.standing import Status
from kpi_xlsx.stocktaking import Kept, take_stock
from kpi_xlsx.turns import taken_turn

KIND = "notice"
"""As what it is remembered that a notice was written."""
SUFFIXES = (".docx", ".pdf", ".html")


def publish(
    settings: Settings, context: Context, past: Past, to: Path, departments: Sequence[Department], *, draft: bool
) -> tuple[str, ...]:
    """Write the notice of these departments' goals (none: of all); returns what a person should know.

    Raises CycleError with each reason that stands against it, unless it is only a draft.
    """
    say = context.language.say
    wrong = say(
        "公示可以写成 .docx、.pdf 或 .html，请这样命名。", "A notice is a .docx, .pdf or .html file: name it so."
    )
    demand_file(settings, to, SUFFIXES, wrong, context.language)
    demand_closed(dict.fromkeys((to, landing(to))), context.language)
    name = departments[0].name if len(departments) == 1 else ""
    words = load_words(settings, settings.full_title(name, context.template.title), name, context.language)
    codes = frozenset(one.code for one in departments or context.plan.departments)
    with taken_turn(settings, context.language) as (ledger, state):
        report = judge_arrivals(settings, context, list(find_arrivals(settings.inbox)), memory=ledger, past=past).report
        demand_decisions(
            report, "公示没有写：不知道登记簿里的决定。", "No notice was written: the register must be known."
        )
        reasons = (
            *_unmerged(settings, report, ledger),
            *tell_reasons(report, _stock(settings, report), _plan(report), codes),
        )
        if reasons and not draft:
            raise _refusal(reasons, context)
        rows = tuple(find_rows(report, codes))
        if not rows:
            nothing = say("没有一个目标要公开。", "There is not a single goal to publish.")
            raise CycleError([Mistake(settings.plan.name, "", nothing)])
        notice = _lay_out(settings, context, words, rows, reasons if draft else (), draft=draft)
        body = _body(to, notice)
        kept = tuple(keep_changed(to, settings.history, settings.zone, ledger.wrote, context.language))
        _put(to, body, partial(ledger.record_finished, KIND, to.name))
    return (*state, *kept, *_remarks(notice, words, reasons, draft=draft))


def _lay_out(
    settings: Settings,
    context: Context,
    words: NoticeWords,
    rows: Sequence[PublicRow],
    reasons: Sequence[str],
    *,
    draft: bool,
) -> Publication:
    columns = find_columns(rows, context.period, context.language)
    headings = {one.key: one.heading for one in columns}
    return Publication(
        context.language,
        words.title,
        words.opening,
        rows,
        columns,
        words.note,
        words.closing,
        context.period.end,
        draft,
        settings.marking,
        reasons,
        tuple(tell_doubts(rows, headings, context.language)),
    )


def _body(to: Path, notice: Publication) -> bytes:
    if to.suffix.casefold() == ".html":
        from kpi_xlsx.outputs.notice_page import show_notice_page

        return show_notice_page(notice).encode()
    from kpi_xlsx.outputs.notice_document import show_notice_document

    document = show_notice_document(notice)
    return make_pdf(document, notice.language) if to.suffix.casefold() == ".pdf" else document


def _put(to: Path, body: bytes, before: Callable[[Path], object]) -> None:
    """Let the notice take its place, whole or not at all; `before` hears of it when it is finished."""
    path = landing(to)
    temporary = temporary_beside(path)
    try:
        with named_errors(path, temporary):
            temporary.write_bytes(body)
            before(temporary)
            put_in_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


# --- the gate ---------------------------------------------------------------------------------------------------------


def _stock(settings: Settings, report: Report) -> Status:
    issued = frozenset(one.code for one in report.context.plan.departments)
    kept = Kept({}, issued, frozenset(), report.findings, True)
    return take_stock(report, settings, kept, dt.datetime.now(settings.zone))


def _plan(report: Report) -> Iterator[Finding]:
    before, context = report.past.previous, report.context
    if before is not None:
        comparison = compare_plans(before.plan, before.period, context.plan, context.period)
        yield from judge_plan(comparison, context)


def _unmerged(settings: Settings, report: Report, ledger: Ledger) -> Iterator[str]:
    """That the master, which people have looked at, is not what would be published."""
    say = report.context.language.say
    master = settings.master
    same = tuple(ledger.returns()) == tuple(report.returns) and tuple(ledger.rows(report.context)) == tuple(
        report.entries
    )
    if not master.is_file() or not ledger.wrote(digest(master)) or not same:
        yield say(
            "汇总表不是现在的样子（来件、登记簿、计划或汇总表本身在汇总以后变过，或者还没有汇总）。"
            "请先运行 kpi-xlsx merge，看过汇总表再公示。",
            "The master is not up to date: returns, register, plan or the master itself changed after the last merge, "
            "or nothing is merged yet. Run kpi-xlsx merge and look at it first.",
        )


def _refusal(reasons: Collection[str], context: Context) -> CycleError:
    say = context.language.say
    head = say("还不能公示：", "The notice cannot be published yet:")
    hint = say(
        "先送领导看，加 --draft：照样写出来，每页标明送审稿。",
        "To show it all the same, add --draft: each page says so.",
    )
    return CycleError([Mistake("", "", words) for words in (head, *reasons, hint)])


def _remarks(notice: Publication, words: NoticeWords, reasons: Sequence[str], *, draft: bool) -> Iterator[str]:
    say = notice.language.say
    if draft and reasons:
        yield say(
            "送审稿写好了，还没有了结的（也列在最后一页）：",
            "This is a draft; not settled yet (its last page lists it, too):",
        )
        yield from reasons
    if notice.doubts:
        yield say("公布前请人工核对：", "To be looked at before it is published:")
        yield from notice.doubts
    if not words.own:
        yield say(
            f"公示期、电话、落款没有写：在报送期文件夹里建一个 {FILE} 就有了（写法见 docs/notice.zh-CN.md）。",
            f"It has no dates, telephone or signature: write them into {FILE} in the cycle's folder (docs/notice.md).",
        )
