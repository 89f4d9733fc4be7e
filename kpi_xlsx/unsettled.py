"""What is still open in a round that is to be closed: counted, named, and with what to do about it; no file here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kpi_xlsx.decisions import AmendmentState
from kpi_xlsx.model import Language, Severity, State, counted
from kpi_xlsx.reading import one_line
from kpi_xlsx.report import Report
from kpi_xlsx.standing import Standing, Status

NAMED = 30
"""So many are named one by one; the rest are counted."""


def tell_unsettled(report: Report, status: Status) -> Iterator[str]:
    """A line for each kind of thing that nobody has settled."""
    say = report.context.language.say
    yield from _errors(report)
    missing = [one for one in status.standings if one.asked and one.record is None]
    if missing:
        yield _line(
            missing,
            status,
            ("未报送", "have not reported"),
            (
                "请催报，或在登记簿里办延期（kpi-xlsx status 列出联系人）。",
                "Chase them (kpi-xlsx status names whom to call).",
            ),
        )
    held = [one for one in status.standings if one.held]
    if held:
        yield _line(
            held,
            status,
            ("通过后又来件待定", "have sent a version that is held"),
            (
                "请在登记簿“审核”里对新来的那一件写明通过或退回。",
                "Pass that very version, or send it back, in the register's sheet Reviews.",
            ),
        )
    pending = [one for one in report.decisions.amendments if one.state is AmendmentState.PROPOSED]
    if pending:
        places = listed(
            (
                f"{_name(report, one.department)} {report.context.row_id(one.goal)} ({one.place.told(status.language)})"
                for one in pending
            ),
            status.language,
        )
        yield say(
            f"{len(pending)} 处更正还没有定：{places}。请在登记簿“更正”里写明已采用或不采用。",
            f"{counted(len(pending), 'amendment')} nobody has decided on: {places}. Write “applied” or “rejected” "
            "beside each in the register.",
        )
    unpassed = [one for one in status.standings if one.record is not None and not one.passed]
    if unpassed:
        yield _line(
            unpassed,
            status,
            ("的报送件没有审核通过", "have a return that no reviewer has passed"),
            (
                "请在登记簿“审核”里写明结论，再运行 kpi-xlsx merge。",
                "Enter the verdict in the register's sheet Reviews, then run kpi-xlsx merge.",
            ),
        )


def _errors(report: Report) -> Iterator[str]:
    errors = (one for one in report.findings if one.severity is Severity.ERROR)
    open_ = [one for one in errors if one.state is State.OPEN and one.code != "X101"]  # who is missing is said below
    language = report.context.language
    for code, count in sorted(Counter(one.code for one in open_).items()):
        ours = [one for one in open_ if one.code == code]
        who = dict.fromkeys(_name(report, one.department) if one.department else one.file or "?" for one in ours)
        names = listed(who, language)
        yield language.say(
            f"必须修改的 {code} {ours[0].name} 还有 {count} 条：{names}。请退回修改，或在登记簿里更正、免予说明。",
            f"{code} {ours[0].name}: {counted(count, 'error')} open, of {names}. Send the return back, or settle it in "
            "the register (amendment, waiver).",
        )


def _line(ours: Sequence[Standing], status: Status, what: tuple[str, str], remedy: tuple[str, str]) -> str:
    names = listed((one.name for one in ours), status.language)
    return status.language.say(
        f"{len(ours)} 个单位{what[0]}：{names}。{remedy[0]}",
        f"{counted(len(ours), 'department')} {what[1]}: {names}. {remedy[1]}",
    )


def _name(report: Report, code: str) -> str:
    department = report.context.plan.by_code.get(code)
    return code if department is None else department.name


def listed(names: Iterable[str], language: Language, most: int = NAMED) -> str:
    """Names one after the other; beyond a number of them the rest are counted."""
    every = [one_line(name) for name in names]
    text = language.say("、", ", ").join(every[:most])
    more = len(every) - most
    return text if more <= 0 else language.say(f"{text}，另有 {more} 个", f"{text} and {more} more")
