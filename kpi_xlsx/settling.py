"""What settles a finding, whom it asks while nothing does, and decisions that met nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kpi_xlsx.amending import Amended, Chains
from kpi_xlsx.checks import BY_CODE
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import EVERY_GOAL, REGISTER, AmendmentState, Decisions, Place, Review, Waiver
from kpi_xlsx.identity import holds
from kpi_xlsx.model import Entry, Finding, Kind, Language, Return, ReturnStatus, Severity, State, id_key
from kpi_xlsx.owners import owner_by_name
from kpi_xlsx.past import Past
from kpi_xlsx.reading import is_placeholder
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.rhythm import asked_goals
from kpi_xlsx.versions import Counted, RowPlace, Version

OFFICE_ONLY = frozenset({"D103", "X101", "X104", "X105", "X106", "X109", "X116"})
"""What no copy of a form can ask of a department: the register settles it, or the telephone."""


def explained(entry: Entry) -> bool:
    """Whether a row's explanation says anything."""
    answer = entry.answers.get("explanation")
    return answer is not None and answer.fault is None and not is_placeholder(answer.raw)


def explain(finding: Finding, entries: Mapping[RowPlace, Entry]) -> Finding:
    """Words in the explanation settle the explainable findings of their row; `entries` by department and key."""
    if not finding.explainable or finding.goal is None or finding.department is None:
        return finding
    entry = entries.get((finding.department, id_key(finding.goal)))
    return replace(finding, state=State.EXPLAINED) if entry is not None and explained(entry) else finding


def outdate(
    finding: Finding, ret: Return, receipts: Mapping[str, Receipt], counting: Mapping[str, Version], context: Context
) -> Finding:
    """A file that could not be used asks nothing more once its department has sent one that counts.

    Only where the file itself says whose it is, by identity or name, and the other came later. `counting`: the newest
    version of each department of which a row counts.
    """
    code = ret.identity.department if ret.identity is not None else owner_by_name(ret.file, context.plan)
    later = counting.get(code or "")
    if ret.status is not ReturnStatus.QUARANTINED or later is None or code != ret.department:
        return finding
    if later.moment <= receipts[ret.file].moment:
        return finding
    grounds = context.language.say(f"之后收到的 {later.file} 已采用", f"{later.file}, which came later, counts")
    return replace(finding, state=State.EXPLAINED, grounds=grounds)


def renew(finding: Finding, ret: Return, counted: Mapping[RowPlace, Counted], context: Context, past: Past) -> Finding:
    """A form of an older plan asks nothing more once all goals that changed since are counted from today's forms.

    Goals of which nothing is asked this period are passed over.
    """
    if finding.code != "I105" or finding.state is State.EXPLAINED or ret.department is None:
        return finding
    changed = {id_key(goal) for goal in ret.changed}
    asked = asked_goals(context, past, ret.department)
    places = [(ret.department, goal.key) for goal in asked if goal.key in changed]
    winners = [counted[place][2] for place in places if place in counted]
    renewed = [form for form in winners if form.current and _sealed(form, context)]
    if len(renewed) < len(places):
        return finding
    if not places:  # goals were taken away, of which S104 speaks, or the changed ones are not due
        grounds = context.language.say("本期要报的目标都没有调整", "the goals that are due are as they were")
        return replace(finding, state=State.EXPLAINED, grounds=grounds)
    files = context.language.say("、", ", ").join(dict.fromkeys(form.file for form in renewed))
    grounds = context.language.say(
        f"有调整的目标已按现行的表报来：{files}", f"the goals that changed are counted from today's form: {files}"
    )
    return replace(finding, state=State.EXPLAINED, grounds=grounds)


def _sealed(form: Return, context: Context) -> bool:
    return form.identity is not None and holds(context.seal_key, form.identity)


# --- who is asked -----------------------------------------------------------------------------------------------------


def asks(finding: Finding) -> bool:
    """Whether a finding is for the department: infos are not, nor what only the office can settle."""
    told = finding.kind is Kind.FORM or finding.explainable
    open_ = finding.state is State.OPEN and finding.severity is not Severity.INFO
    return told and open_ and finding.code not in OFFICE_ONLY


def beside_the_point(finding: Finding, counting: Collection[str]) -> bool:
    """Whether it is of a file that could not be taken, while others of the department count: those in `counting`."""
    return finding.code[0] in "FI" and bool(counting) and finding.file not in counting


def correct(finding: Finding, amended: Mapping[RowPlace, Mapping[str, Amended]], context: Context) -> Finding:
    """What was wrong with a cell asks nothing more once an amendment that was applied says what stands there."""
    if not BY_CODE[finding.code].of_cell or finding.department is None or finding.goal is None:
        return finding
    one = amended.get((finding.department, id_key(finding.goal)), {}).get(finding.column or "")
    if one is None or one.pending or one.conflict or one.value is None or finding.state is State.EXPLAINED:
        return finding
    place = one.amendment.place.told(context.language)
    grounds = context.language.say(f"已更正，见登记簿{place}", f"amended, see the register, {place}")
    return replace(finding, state=State.EXPLAINED, grounds=grounds)


# --- waivers ----------------------------------------------------------------------------------------------------------


def waive(finding: Finding, decisions: Decisions, context: Context) -> Finding:
    """A finding that a named person lets pass is explained, for the reason that person gave."""
    waiver = next(_waivers_of(finding, decisions), None)
    if waiver is None or finding.state is State.EXPLAINED:
        return finding
    day = f" {waiver.date}" if waiver.date else ""
    grounds = context.language.say(
        f"{waiver.by}{day} 免予说明：{waiver.reason}", f"waived by {waiver.by}{day}: {waiver.reason}"
    )
    return replace(finding, state=State.EXPLAINED, grounds=grounds)


def _waivers_of(finding: Finding, decisions: Decisions) -> Iterator[Waiver]:
    goals = (None,) if finding.goal is None else (EVERY_GOAL, id_key(finding.goal))
    for one in decisions.waivers_of.get((finding.department or "", finding.code), ()):
        if one.goal in goals:
            yield one


# --- decisions that met nothing ---------------------------------------------------------------------------------------


def find_idle(
    context: Context,
    decisions: Decisions,
    findings: Sequence[Finding],
    unresolved: Iterable[Review],
    chains: Chains,
    entries: Mapping[RowPlace, Entry],
) -> Iterator[str]:
    """A remark for every decision that has no effect, so that nobody believes that it had.

    `entries`: the rows that count.
    """
    yield from _idle_reviews(context, unresolved)
    yield from _idle_waivers(context, decisions, findings)
    yield from _idle_amendments(context, chains, entries)


def _idle_reviews(context: Context, unresolved: Iterable[Review]) -> Iterator[str]:
    for review in unresolved:
        name = context.plan.by_code[review.department].name
        which = f"“{review.version}”" if review.version else ""
        words = context.language.say(
            f"{name}没有这一次来件{which}，这条审核没有用上。版次留空就是当时最新的一次，汇总表的“报送”表列有各次的编号。",
            f"{name} has no such return {which}".rstrip() + "; the review was not applied. "
            "Leave the version blank for the newest one; the master's sheet Returns lists them all.",
        )
        yield _remark(review.place, words)


def _idle_waivers(context: Context, decisions: Decisions, findings: Iterable[Finding]) -> Iterator[str]:
    met = {waiver.place for finding in findings for waiver in _waivers_of(finding, decisions)}
    for waiver in decisions.waivers:
        if waiver.place not in met:
            name = context.plan.by_code[waiver.department].name
            words = context.language.say(
                f"{name}现在没有这样的 {waiver.code}，这条免予说明没有用上。"
                "目标留空只指不属于任何目标的意见，要指全部目标请写“全部”。",
                f"{name} has no such {waiver.code} at present; the waiver was not applied. "
                "A blank goal means findings of no goal; write “all” for all goals.",
            )
            yield _remark(waiver.place, words)


def _idle_amendments(context: Context, chains: Chains, entries: Mapping[RowPlace, Entry]) -> Iterator[str]:
    say = context.language.say
    for place, columns in chains.items():
        spare = place[1] not in context.plan.by_key
        open_cells = context.open_cells(context.plan.by_key.get(place[1]), place[0])
        for column, chain in columns.items():
            if spare and place not in entries:
                name = context.plan.by_code[place[0]].name
                words = say(
                    f"{name}没有填这一备用行，更正没有用上。",
                    f"{name} has not filled in this spare row; the amendment was not applied.",
                )
                yield _remark(chain[-1].place, words)
            elif chain[-1].state is AmendmentState.APPLIED and column not in open_cells:
                words = say(
                    "这一格不由单位填报，更正没有用上。要改目标本身请改 plan.xlsx。",
                    "This cell is not the department's to fill; the amendment was not applied. "
                    "To change a goal itself, change plan.xlsx.",
                )
                yield _remark(chain[-1].place, words)


def _remark(place: Place, words: str) -> str:
    return f"{REGISTER}: {place}: {words}"


def tell_closing(decisions: Decisions, language: Language) -> Iterator[str]:
    """That the round was closed: what comes back now is no longer merged, unless the register decides so."""
    for closing in decisions.closings[-1:]:
        by = language.say(f"由{closing.by}", f" by {closing.by}") if closing.by else ""
        yield language.say(
            f"注意：登记簿写明本期已于 {closing.date} {by}结账。结账后来的件，要在登记簿里审核通过才会汇总。",
            f"Mind: by the register this round was closed on {closing.date}{by}. What comes in after that is merged "
            "only if a review in the register passes it.",
        )
