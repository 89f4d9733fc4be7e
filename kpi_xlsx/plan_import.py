"""A published notice made into a plan to look through, and, if wanted, into the returns that it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kpi_xlsx.book import Book, Unreadable
from kpi_xlsx.checks import judge_plan
from kpi_xlsx.context import Context
from kpi_xlsx.definition import find_template, load_template
from kpi_xlsx.files import demand_closed, named_errors, put_in_place, temporary_beside
from kpi_xlsx.form import write_form
from kpi_xlsx.headings import both_languages, find_heading, find_sheet
from kpi_xlsx.limits import DEFAULT_LIMITS
from kpi_xlsx.loading import ANY_PERIOD
from kpi_xlsx.model import CycleError, Finding, Language, Mistake, Plan, PlanError, match_key
from kpi_xlsx.notice_headings import KEYS
from kpi_xlsx.notice_returns import plan_returns, strangers
from kpi_xlsx.notice_rows import Rows, read_rows
from kpi_xlsx.notices import book_of, read_notice
from kpi_xlsx.periods import Period, parse_period
from kpi_xlsx.plan import DEPARTMENT_HEADINGS, DEPARTMENT_SHEET, GOAL_HEADINGS, GOAL_SHEET, load_plan
from kpi_xlsx.plan_comparison import Comparison
from kpi_xlsx.plan_proposal import Proposal, language_of, make_proposal
from kpi_xlsx.settings import FILE, Settings, load_settings
from kpi_xlsx.starter import write_plan
from kpi_xlsx.template import Template
from kpi_xlsx.toml_files import key_mistakes, read_toml, unknown_key

MAPPING_KEYS: Mapping[str, tuple[type, ...]] = {"columns": (dict,), "department": (str,), "period": (str,)}


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made of a source."""

    proposal: Proposal
    returns: tuple[Path, ...]
    context: Context
    findings: tuple[Finding, ...]
    """What the rules on plans say of it."""
    unused: tuple[str, ...]
    """Lines of the source of which nothing was used."""
    sealed: bool
    """Whether the plan lies in a cycle, so that returns bear that cycle's seal."""
    kept: bool = False
    """Whether the plan was there already and only returns were written for it."""
    strangers: tuple[str, ...] = ()
    """Goals with words in the notice that the plan that was there does not have."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a mapping file says: columns by heading, and what the title does not say."""

    columns: Mapping[str, str]
    department: str = ""
    period: Period | None = None


def is_plan(source: Path) -> bool:
    """Whether a file is a plan.xlsx, of which only ids are to be filled in. Raises nothing: what it is, shows later."""
    try:
        with source.open("rb") as stream:
            if not stream.read(4).startswith(b"PK"):
                return False
        book = book_of(source.read_bytes()) if source.stat().st_size <= DEFAULT_LIMITS.file_bytes else None
    except (Unreadable, OSError):
        return False
    return book is not None and _goal_rows(book) is not None and find_sheet(book, *DEPARTMENT_SHEET) is not None


def _goal_rows(book: Book) -> int | None:
    """How many rows the sheet of goals has below its headings; None if there is no such sheet."""
    sheet = find_sheet(book, *GOAL_SHEET)
    heading = None if sheet is None else find_heading(sheet, both_languages(GOAL_HEADINGS), 3)
    if sheet is None or heading is None or not {"id", "department", "name"} <= heading.columns.keys():
        return None
    return sum(1 for row, cells in sheet.in_order() if row > heading.row and any(cell.value for cell in cells.values()))


def import_notice(
    source: Path, target: Path, language: Language, returns: Path | None = None, mapping: Path | None = None
) -> Imported:
    """Write the plan that a notice holds, and the returns. Raises CycleError or PlanError, with nothing written.

    If the plan goes into a cycle's folder, the returns are made for that cycle; a plan that is there already stays, and
    the returns are made for it. `language` is that of messages.
    """
    wanted = _read_mapping(mapping, language) if mapping is not None else Wishes({})
    rows = _read(source, wanted, language)
    settings = load_settings(target.parent, language) if (target.parent / FILE).is_file() else None
    made = make_proposal(rows, language_of(rows), wanted.department, wanted.period)
    kept = returns is not None and target.exists() and is_plan(target) and not _is_blank_plan(target)
    _demand_free([] if kept else [target], returns, language)
    period = _period(made, settings, returns, language)
    template = _template(settings, made.language, target.parent)
    own = settings or Settings(target.parent, period or ANY_PERIOD, template.id, id=str(period))
    with _plan_at(target, made, own.period, language, kept=kept) as plan:
        context = Context(
            own.id, own.period, template, plan, own.return_by, own.seal_key, own.limits, support_by=own.support_by
        )
        planned = list(plan_returns(made, context, returns, language)) if returns is not None else []
    for path, code, answers in planned:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_form(path, context, own, code, answers)
    unused = tuple(" ".join(text for text in line.cells if text) for line in rows.unused)
    return Imported(
        made,
        tuple(path for path, _, _ in planned),
        context,
        tuple(judge_plan(Comparison(), context)),
        unused,
        settings is not None,
        kept,
        strangers(made, context) if kept else (),
    )


# --- the source -------------------------------------------------------------------------------------------------------


def _read(source: Path, wanted: Wishes, language: Language) -> Rows:
    try:
        notice = read_notice(source)
    except Unreadable as trouble:
        raise CycleError([Mistake(str(source), "", language.say(f"{trouble.zh}。", f"{trouble.en}."))]) from trouble
    rows = read_rows(notice, wanted.columns)
    if rows is None:
        shown = language.say("、", ", ").join(
            f"“{text[:20]}”" for line in notice.lines[:3] for text in line.cells if text
        )
        words = language.say(
            f"找不到表头：没有一行写着目标名称、考核内容、责任单位、完成时限之类的列名（开头是 {shown[:160]}）。"
            "列名不同的，用 --mapping 写明；从网页或 Word 复制的，请连表格一起复制。",
            f"No headings were found: no line names columns such as goal, requirement, department, deadline (it begins "
            f"with {shown[:160]}). If they are called otherwise, name them with --mapping; copy tables as tables.",
        )
        raise CycleError([Mistake(str(source), "", words)])
    if not rows.records:
        words = language.say("有表头，下面没有一个目标。", "There are headings, but not a single goal below them.")
        raise CycleError([Mistake(str(source), "", words)])
    return rows


def _read_mapping(path: Path, language: Language) -> Wishes:
    """A mapping file: `[columns]` with heading = plan column (blank: leave it out), `department`, `period`."""
    data: dict[str, Any] = read_toml(path, CycleError)
    mistakes = [Mistake(path.name, *one) for one in key_mistakes(data, MAPPING_KEYS, (), "", language)]
    columns = data.get("columns", {})
    for heading, key in columns.items() if isinstance(columns, dict) else ():
        if not isinstance(key, str) or (key and key not in KEYS):
            words = unknown_key(str(key), KEYS, language)
            mistakes.append(Mistake(path.name, f"columns.{heading}", words))
    period = parse_period(data["period"]) if isinstance(data.get("period"), str) else None
    if isinstance(data.get("period"), str) and period is None:
        words = language.say("应当写成 2018-01/2018-06 或 2018-06。", "Write 2018-01/2018-06 or 2018-06.")
        mistakes.append(Mistake(path.name, "period", words))
    if mistakes:
        raise CycleError(mistakes)
    return Wishes({match_key(heading): key for heading, key in columns.items()}, data.get("department", ""), period)


# --- the target -------------------------------------------------------------------------------------------------------


def _demand_free(targets: Sequence[Path], returns: Path | None, language: Language) -> None:
    """Nothing is overwritten, but for a plan.xlsx in which nothing stands, as init makes it."""
    demand_closed(targets, language)
    for path in (*targets, *([returns] if returns is not None else [])):
        if path.exists() and not (path in targets and _is_blank_plan(path)):
            words = language.say(
                "这个文件已经有了，没有改动。换一个名字。", "This file exists; nothing was changed. Take another name."
            )
            raise CycleError([Mistake(str(path), "", words)])


@contextmanager
def _plan_at(target: Path, made: Proposal, period: Period, language: Language, *, kept: bool) -> Iterator[Plan]:
    """The plan as generate will read it; it takes its place only if all that follows from it can be done."""
    if kept:
        yield load_plan(target, period, language)
        return
    temporary = temporary_beside(target)
    try:
        with named_errors(target, temporary):
            write_plan(temporary, made.goals, made.departments, made.language, targets=made.targets)
            yield _load(temporary, target.name, period, language)
            put_in_place(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _load(temporary: Path, name: str, period: Period, language: Language) -> Plan:
    try:
        return load_plan(temporary, period, language)
    except PlanError as trouble:
        raise PlanError([replace(one, file=name) for one in trouble.mistakes]) from trouble


def _is_blank_plan(path: Path) -> bool:
    try:
        book = book_of(path.read_bytes())
    except (Unreadable, OSError):
        return False
    if book is None or _goal_rows(book) != 0:
        return False
    sheet = find_sheet(book, *DEPARTMENT_SHEET)
    heading = None if sheet is None else find_heading(sheet, both_languages(DEPARTMENT_HEADINGS), 2)
    return (
        heading is not None
        and sheet is not None
        and all(row <= heading.row or not any(cell.value for cell in cells.values()) for row, cells in sheet.in_order())
    )


def _period(made: Proposal, settings: Settings | None, returns: Path | None, language: Language) -> Period | None:
    """The period of the returns; the notice's and the cycle's must be one, else the words would be of other months."""
    if settings is None:
        if returns is not None and made.period is None:
            words = language.say(
                '标题里看不出是哪几个月的，写不了报送件。在 --mapping 文件里写 period = "2018-01/2018-06"。',
                'The title names no months, so no return can be written. Put period = "2018-01/2018-06" into a '
                "--mapping file.",
            )
            raise CycleError([Mistake("--return", "", words)])
        return made.period
    if returns is not None and made.period is not None and made.period.end != settings.period.end:
        words = language.say(
            f'公示是 {made.period} 的，这里却是 {settings.period}。请改成 period = "{made.period}"。',
            f'The notice is of {made.period}, but this says {settings.period}. Write period = "{made.period}".',
        )
        raise CycleError([Mistake(FILE, "period", words)])
    return settings.period


def _template(settings: Settings | None, language: Language, folder: Path) -> Template:
    name = f"progress-{language}" if settings is None else settings.template
    return load_template(find_template(name, folder, language))
