"""Exports: what is written of a cycle beside its master, by kind: so far notice, data, table of the year, scores."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.destinations import demand_file, demand_folder, demand_place
from kpi_xlsx.files import demand_closed, landing, safe_name
from kpi_xlsx.history import keep_changed
from kpi_xlsx.ledger import looked_at
from kpi_xlsx.loading import read_cycle
from kpi_xlsx.master_rows import MasterRows
from kpi_xlsx.model import CycleError, Language, Mistake, PlanError
from kpi_xlsx.outbox import find_departments
from kpi_xlsx.past import Past
from kpi_xlsx.previous import recall
from kpi_xlsx.publishing import SUFFIXES, publish
from kpi_xlsx.register import load_decisions
from kpi_xlsx.score_inputs import score_rows
from kpi_xlsx.scoring import DepartmentScore
from kpi_xlsx.settings import SCORES, Settings
from kpi_xlsx.turns import taken_turn
from kpi_xlsx.yearbook import Yearbook, YearCycle


class ExportKind(StrEnum):
    """What can be exported: 公示 | 看板 | 数据 | 全年台账 | 督办单 | 得分核对单."""

    NOTICE = "notice"
    BOARD = "board"
    DATA = "data"
    YEAR = "year"
    ORDERS = "orders"
    SCORES = "scores"


KIND_WORDS = {
    ExportKind.NOTICE: ("公示", "notice"),
    ExportKind.BOARD: ("看板", "board"),
    ExportKind.DATA: ("数据", "data"),
    ExportKind.YEAR: ("全年台账", "year"),
    ExportKind.ORDERS: ("督办单", "orders"),
    ExportKind.SCORES: ("得分核对单", "scores"),
}
_BEGINNINGS = {
    "board": ExportKind.BOARD,
    "year": ExportKind.YEAR,
    "全年台账": ExportKind.YEAR,
    "orders": ExportKind.ORDERS,
    "督办单": ExportKind.ORDERS,
    "notice": ExportKind.NOTICE,
    "公示": ExportKind.NOTICE,
    "scores": ExportKind.SCORES,
    "得分核对单": ExportKind.SCORES,
}


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    path: Path
    kind: ExportKind
    cycles: int
    """How many cycles are in it."""
    remarks: tuple[str, ...]
    files: tuple[Path, ...] = ()
    """What was written, where it is more than one file."""
    rows: int = 0
    """Of data: how many rows of goals."""


def kind_of(name: str) -> ExportKind:
    """What a file of this name is to hold."""
    known = unicodedata.normalize("NFKC", name).casefold()
    for beginning, kind in _BEGINNINGS.items():
        if known.startswith(beginning):
            return kind
    return ExportKind.NOTICE if Path(known).suffix in SUFFIXES else ExportKind.DATA


def export_cycle(
    settings: Settings,
    context: Context,
    past: Past,
    to: Path,
    kind: ExportKind | None,
    departments: Iterable[str] = (),
    *,
    draft: bool = False,
) -> Export:
    """Write an export. Raises CycleError if its kind does not exist yet, or the file cannot be the one that is meant.

    A file that a person changed is kept in history/ before it is replaced. `departments` and `draft` are for notices.
    """
    chosen, names = kind or kind_of(to.name), list(departments)
    if chosen is ExportKind.NOTICE:
        ours = find_departments(context, names) if names else ()
        return Export(to, chosen, 1, publish(settings, context, past, to, ours, draft=draft))
    if names:
        words = context.language.say("只有公示能只要一个单位。", "Only a notice can be of one department.")
        raise CycleError([Mistake("--department", "", words)])
    if chosen is ExportKind.SCORES:
        return _export_scores(settings, context, past, to)
    if chosen is ExportKind.DATA:
        return _export_data(settings, context, past, to)
    _demand_kind(chosen, context.language)
    wrong = context.language.say(
        "全年台账是 .xlsx 文件，请这样命名。", "The table of the year is an .xlsx file: name it so."
    )
    demand_file(settings, to, (".xlsx",), wrong, context.language)
    demand_closed(dict.fromkeys((to, landing(to))), context.language)
    book = _gather(settings, context, past)
    from kpi_xlsx.outputs.year_table import write_year_table

    with taken_turn(settings, context.language) as (ledger, state):

        def wrote(sha256: str) -> bool:
            return ledger.wrote(sha256) or _wrote_earlier(settings, past, sha256)

        kept = tuple(keep_changed(to, settings.history, settings.zone, wrote, context.language))
        write_year_table(to, settings, book, before=partial(ledger.record_finished, str(chosen), to.name))
    return Export(to, chosen, len(book.cycles), (*state, *past.remarks, *_tell_beginning(book), *kept))


def _wrote_earlier(settings: Settings, past: Past, sha256: str) -> bool:
    """Whether an earlier cycle wrote a file: one table of the year is written anew from month to month."""
    folder = settings.folder
    for one in past.cycles:
        folder = folder / one.folder
        with suppress(OSError), looked_at(folder / settings.ledger.name, one.id) as ledger:
            if ledger is not None and ledger.wrote(sha256):
                return True
    return False


def _tell_beginning(book: Yearbook) -> Iterator[str]:
    if book.cut_short:
        first = book.cycles[0].cycle.period
        yield book.context.language.say(
            f"全年台账从 {first} 起，之前的各期不在里面。",
            f"The table of the year begins with {first}; what came before is not in it.",
        )


def _demand_kind(kind: ExportKind, language: Language) -> None:
    if kind is ExportKind.YEAR:
        return
    zh, en = KIND_WORDS[kind]
    words = language.say(
        f"“{zh}”（{kind}）还不能导出；现在能导出的：公示.docx、data.xlsx、全年台账.xlsx、得分核对单/",
        f"“{en}” cannot be exported yet; what can be: notice.docx, data.xlsx, year.xlsx, scores/",
    )
    raise CycleError([Mistake("", "", words)])


# --- data -------------------------------------------------------------------------------------------------------------


def _export_data(settings: Settings, context: Context, past: Past, to: Path) -> Export:
    """The rows of the master and of their targets as the last merge left them, for other programs."""
    from kpi_xlsx.data_tables import gather_tables
    from kpi_xlsx.outputs.data_files import data_paths, demand_library, demand_unused, write_data

    language = context.language
    _demand_format(to, language)
    demand_library(to, language)
    paths = data_paths(to)
    for path in paths:
        demand_place(settings, path, language)
    demand_closed(dict.fromkeys(one for path in paths for one in (path, landing(path))), language)
    demand_unused(to, language)
    decisions = _demand_decisions(settings, context)
    with taken_turn(settings, language) as (ledger, state):
        tables = gather_tables(MasterRows(settings, context, ledger, decisions, {}, past))
        if not tables[0].rows:
            raise _not_merged(settings, language)
        kept = [
            line
            for path in paths
            for line in keep_changed(path, settings.history, settings.zone, ledger.wrote, language)
        ]

        def before(path: Path, finished: Path) -> None:
            ledger.record_finished(str(ExportKind.DATA), path.name, finished)

        write_data(to, tables, context.period.end, language, before)
    return Export(to, ExportKind.DATA, 1, (*state, *kept), paths, len(tables[0].rows))


def _demand_format(to: Path, language: Language) -> None:
    from kpi_xlsx.outputs.data_files import SUFFIXES

    if to.suffix.casefold() not in SUFFIXES:
        listed = " ".join(SUFFIXES)
        words = language.say(
            f"不知道要写成什么格式：数据文件的名字请以其中一个结尾：{listed}",
            f"No format is known by this name; a file of data ends in one of: {listed}",
        )
        raise CycleError([Mistake(to.name, "", words)])


def _demand_decisions(settings: Settings, context: Context) -> Decisions:
    """The register. Raises CycleError if it cannot be read."""
    decisions = load_decisions(settings.register, context, settings.zone)
    if decisions.unreadable:
        raise CycleError([Mistake("", "", words) for words in decisions.remarks])
    return decisions


def _not_merged(settings: Settings, language: Language) -> CycleError:
    words = language.say("还没有汇总过：先运行 kpi-xlsx merge。", "Nothing is merged yet: run kpi-xlsx merge first.")
    return CycleError([Mistake(settings.master.name, "", words)])


# --- scores ---------------------------------------------------------------------------------------------------------


def _export_scores(settings: Settings, context: Context, past: Past, to: Path) -> Export:
    """A workbook for each department with its own scores, as the last merge left them."""
    rules, language = context.scores, context.language
    if rules is None:
        words = language.say(
            f"没有评分办法：先在 {SCORES} 里写好（见 docs/scores.zh-CN.md）。",
            f"There are no scoring rules: write them into {SCORES} first (see docs/scores.md).",
        )
        raise CycleError([Mistake(SCORES, "", words)])
    wrong = language.say(
        "得分核对单每个单位一份，要写进一个文件夹：给一个文件夹的名字。", "Scores go into a folder; name one."
    )
    demand_folder(settings, to, wrong, language)
    decisions = _demand_decisions(settings, context)
    from kpi_xlsx.outputs.scores import write_appeal

    kept: list[str] = []
    written: list[Path] = []
    title = settings.full_title("", context.template.title)
    with taken_turn(settings, language) as (ledger, state):
        scorer = score_rows(MasterRows(settings, context, ledger, decisions, {}, past), rules)
        if not scorer.rows:
            raise _not_merged(settings, language)
        targets = {one.department: to / appeal_name(one, language) for one in scorer.departments()}
        demand_closed(targets.values(), language)
        to.mkdir(exist_ok=True)
        for score in scorer.departments():
            path = targets[score.department]
            kept += keep_changed(path, settings.history, settings.zone, ledger.wrote, language)
            finished = partial(ledger.record_finished, str(ExportKind.SCORES), path.name)
            write_appeal(path, context, score, rules, title, before=finished)
            written.append(path)
    return Export(to, ExportKind.SCORES, 1, (*state, *scorer.credits.remarks, *kept), tuple(written))


def appeal_name(score: DepartmentScore, language: Language) -> str:
    """The name of a department's workbook of scores, as any file system takes it."""
    return safe_name(f"{score.department}-{score.name}", f"-{language.say('得分核对单', 'scores')}.xlsx")


# --- the year ---------------------------------------------------------------------------------------------------------


def _gather(settings: Settings, context: Context, past: Past) -> Yearbook:
    today = YearCycle(recall(settings, context, "."), _closed_on(settings, context))
    earlier = {id(one): closed for one, closed in zip(past.cycles, _closings(settings, past, context), strict=True)}
    cycles = [YearCycle(one, earlier[id(one)]) for one in reversed(past.year)]
    return Yearbook(context, past, [*cycles, today])


def _closings(settings: Settings, past: Past, context: Context) -> Iterator[dt.date | None]:
    """When each cycle of the chain was closed; one of another year is not looked at."""
    folder, year = settings.folder, {id(one) for one in past.year}
    for one in past.cycles:
        folder = folder / one.folder
        closed = None
        if id(one) in year:
            with suppress(PlanError, OSError):
                closed = _closed_on(*read_cycle(folder, context.language))
        yield closed


def _closed_on(settings: Settings, context: Context) -> dt.date | None:
    closings = load_decisions(settings.register, context, settings.zone).closings
    return closings[-1].date if closings else None
