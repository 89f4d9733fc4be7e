"""The chain of `previous`: earlier cycles as their last merge had them, each by itself; nothing is written there.

What was printed is what counts: a cycle whose ledger knows a merge is taken as that merge had it. Where the ledger is
gone, or there was no merge, the inbox is judged by the register that lies there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Fate, Verdict
from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.judging import judge_arrivals
from kpi_xlsx.loading import read_cycle
from kpi_xlsx.model import Language, PlanError, Role, Scalar, id_key
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.report import ReturnRecord, Row
from kpi_xlsx.settings import Settings
from kpi_xlsx.turns import glimpsed
from kpi_xlsx.versions import RowPlace, told

LONGEST = 120
"""Of a chain: ten years of months."""


def load_past(settings: Settings, context: Context) -> Past:
    """The earlier cycles that `previous` leads to, newest first, each as its last merge had it.

    A chain ends where a folder is gone or cannot be read; a remark says so, since nothing beyond it is compared.
    """
    remarks: list[str] = []
    cycles = tuple(_follow(settings, context.language, remarks))
    return Past(context.plan, context.period, cycles, tuple(remarks), context.template.main.momentary)


def _follow(settings: Settings, language: Language, remarks: list[str]) -> Iterator[PastCycle]:
    seen = {settings.folder.resolve()}
    named = settings.previous
    folder = settings.folder
    while named and len(seen) <= LONGEST:
        folder = folder / named
        own = folder.resolve()
        if own in seen:
            remarks.append(
                language.say(
                    f"cycle.toml 的 previous 绕回了 {named}，往期只看到这里。",
                    f"`previous` leads back to {named}; earlier cycles are looked at no further.",
                )
            )
            return
        seen.add(own)
        try:
            before, context = read_cycle(folder, language)
            yield recall(before, context, named)
        except (PlanError, OSError) as trouble:
            gone = language.say("没有这个文件夹", "there is no such folder")
            why = str(trouble).splitlines()[0] if folder.is_dir() else gone
            remarks.append(
                language.say(
                    f"上一期 {named} 读不了（{why}），没有与它比对。",
                    f"The earlier cycle {named} cannot be read ({why}); nothing was compared with it.",
                )
            )
            return
        named = before.previous


def recall(settings: Settings, context: Context, named: str) -> PastCycle:
    """A cycle as its last merge had it, else as its inbox and register have it now. `named`: how people find it.

    Raises CycleError if another program holds its ledger, OSError if its files cannot be read.
    """
    with glimpsed(settings, context.language) as ledger:
        merged = ledger is not None and ledger.count_rows() > 0
        if ledger is not None and merged:
            rows = dict(_past_rows(context, ledger.rows(context), ledger.returns()))
        else:
            arrivals = list(find_arrivals(settings.inbox)) if settings.inbox.is_dir() else []
            report = judge_arrivals(settings, context, arrivals, memory=ledger).report
            rows = dict(_past_rows(context, report.entries, report.returns))
    return PastCycle(settings.id, settings.period, named, context.plan, rows, merged)


def _past_rows(
    context: Context, rows: Iterable[Row], returns: Iterable[ReturnRecord]
) -> Iterator[tuple[RowPlace, PastRow]]:
    passed: dict[str, int] = {}
    for one in returns:
        good = one.fate is Fate.IN_PLAY and one.review is not None and one.review.verdict is Verdict.PASSED
        if good and one.department is not None:
            passed[one.department] = max(passed.get(one.department, 0), one.version)
    for row in rows:
        if row.goal is None:
            continue
        values = dict(_values(context, row))
        department = context.plan.by_code.get(row.department)  # the plan may have lost it since that merge
        key = id_key(row.id)
        record = row.record
        yield (
            (row.department, key),
            PastRow(
                row.department,
                row.department if department is None else department.name,
                context.role_of(row.goal, row.department) is Role.LEAD,
                key,
                values,
                context.progress(values.get("status")),
                record is not None and 0 < record.version <= passed.get(row.department, 0),
                context.asks(row.goal),
                None if record is None else record.file,
                None if record is None else record.sheet,
                "" if row.entry is None else row.entry.span,
                None if record is None else record.sha256,
                dict(_said(row)),
            ),
        )


def _values(context: Context, row: Row) -> Iterator[tuple[str, Scalar]]:
    """What stands in a row's entry cells and those of its targets, without what is only proposed.

    An assessor's figure is no answer of a department that has said nothing.
    """
    own = [column.key for column in context.template.main.entry]
    for key in dict.fromkeys([*own, *(row.entry.answers if row.entry is not None else ()), *row.amended]):
        amended = row.amended.get(key)
        value = told(row.entry, key) if amended is None else amended.settled
        said = row.entry is not None or amended is None or not amended.assessor
        if value is not None and said and (key in own or "." in key):
            yield key, value


def _said(row: Row) -> Iterator[tuple[str, Scalar]]:
    """What the department had said where it was amended."""
    for key in row.amended:
        value = told(row.entry, key)
        if value is not None:
            yield key, value
