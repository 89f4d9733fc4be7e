"""What is no longer as the last merge saw it: files that are gone, contents that are back, decisions that are lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpi_xlsx.decisions import VERDICT_WORDS
from kpi_xlsx.memory import Memory
from kpi_xlsx.model import Basis, Language, id_key
from kpi_xlsx.reading import printable
from kpi_xlsx.report import Report, ReturnRecord


def tell_changes(
    before: Iterable[ReturnRecord], now: Sequence[ReturnRecord], memory: Memory, language: Language
) -> Iterator[str]:
    """What a person should know of it, in plain words. `before`: the files of the last merge."""
    earlier = {one.file: one for one in before if one.form == 0 or one.counts}
    present = {one.file: one for one in now}
    contents = {one.sha256 for one in now}
    for name, last in earlier.items():
        if last.counts and name not in present and last.sha256 not in contents:
            shown = printable(name)
            yield language.say(
                f"{shown} 上次汇总采用过，现在不在收件里了，其中的内容不再计入。要保留的，请放回去。",
                f"{shown} counted in the last merge and is gone; what stood in it no longer counts. "
                "If that was not meant, put it back.",
            )
    newest, seen = memory.newest_seen(), memory.first_seen()
    for name, one in present.items():
        known = earlier.get(name)
        if known is not None and known.sha256 == one.sha256:
            continue
        if one.sha256 is not None and (name, one.sha256) in seen and newest[name] != one.sha256:
            shown = printable(name)
            yield language.say(
                f"{shown} 又是以前收到过的内容（可能恢复了旧文件），比它新的那份已经不在。请核对该用哪一份。",
                f"{shown} holds an earlier content again (an old copy may have been restored), and the newer one is "
                "gone. See whether it is the one that is meant.",
            )
        elif known is not None and known.counts and known.sha256 not in contents:
            yield _overwritten(one, language)


def _overwritten(one: ReturnRecord, language: Language) -> str:
    shown, also = printable(one.file), ""
    if one.receipt.basis is Basis.REGISTERED:
        zh, en = (
            "；登记簿里的收到时间是原来那份的，请核对",
            "; the receipt time in the register was that one's; check it",
        )
        also = language.say(zh, en)
    return language.say(
        f"{shown} 换成了别的内容，上次汇总采用的那份已经不在{also}。来件请各存各的文件名，才有据可查。",
        f"{shown} was overwritten: the content that counted in the last merge is gone{also}. "
        "Keep returns under names of their own, so that each stays on record.",
    )


def tell_older_master(standing: str | None, memory: Memory, name: str, language: Language) -> Iterator[str]:
    """That the master which stands there is not the one that was written last. `standing`: what it is known by."""
    newest = memory.newest_master()
    if standing is not None and newest not in (None, standing) and memory.written(standing) is not None:
        yield language.say(
            f"原来的 {name} 不是最近一次写的汇总表（可能恢复了旧的，或者最近一次另存到了别处）："
            "办公室填写的列以它为准，那以后另填的没有带过来。",
            f"The {name} that stood there was not the master that was written last (an earlier one may have been put "
            "back, or the last one went elsewhere): its office columns were carried over, "
            "without what was noted since.",
        )


def tell_lost_decisions(
    before: Iterable[ReturnRecord], amended: Iterable[tuple[str, str, str]], report: Report
) -> Iterator[str]:
    """Verdicts and amendments that held in the last merge, and that the register does not have any more.

    `before` and `amended`: the files of the last merge, and the cells that it showed amended.

    A row that was deleted, or a sheet, or its headings: nobody may have meant it.
    """
    say, names = report.context.language.say, {one.code: one.name for one in report.context.plan.departments}
    now = {(one.department, one.sha256): one.review for one in report.returns}
    for one in before:
        name = names.get(one.department or "")
        if one.review is not None and name is not None and now.get((one.department, one.sha256), one) is None:
            verdict = say(*VERDICT_WORDS[one.review.verdict])
            yield say(
                f"{name}的审核结论“{verdict}”上次汇总时还在，现在登记簿里没有了，不再有效。",
                f"The verdict on {name} ({verdict}) held in the last merge; the register does not have it any more, "
                "so it holds no longer.",
            )
    decided = {(one.department, one.goal, one.column) for one in report.decisions.amendments}
    for code, goal, column in sorted(amended):
        known = report.context.column(column, goal)
        if (code, id_key(goal), column) not in decided and code in names and known is not None:
            header = known.header
            yield say(
                f"{names[code]} {goal} 的“{header}”上次汇总时有更正，现在登记簿里没有了，汇总表恢复为单位所报。",
                f"{header} of {names[code]}, goal {goal}, was amended in the last merge; the register does not have "
                "that any more, and the master shows the department's own answer again.",
            )
