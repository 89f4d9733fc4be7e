"""Family X, continued: where returns and decisions are at odds, and a person has to say what holds."""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.decisions import Fate, Verdict, version_label
from kpi_xlsx.model import Basis, Entry, Progress, Return, Severity, id_key, plain
from kpi_xlsx.versions import Version, differing, version_number
from kpi_xlsx.wording import show_change


@check_across(
    "X104",
    Severity.WARNING,
    "A return that came after {department} was passed is held. Row {row}, {column}: {change}.",
    hint="Decide in register.xlsx, sheet Reviews: a further row with version {version}, passed or sent back.",
)
def held_after_review(round_: Round) -> Iterator[Hit]:
    """A reviewer passed the department's return; later another one came, and says something else in this cell.

    What was passed goes on counting. Nothing of the new return is taken until a person decides: write a further row
    into the register's sheet of reviews, with the new return's version. Passed: it counts. Sent back: it is left out.

    Fix: compare the two, and decide.

    Bad:
        - the return was passed, then one with another answer came
    Good:
        - the return was passed, then the same answers came again
    """
    language = round_.context.language
    numbers = {(one.department, one.file): (one.number, one.sha256) for one in round_.versions}
    for one in round_.held:
        number, sha256 = numbers[one.department, one.file]
        words = {
            "department": round_.context.plan.by_code[one.department].name,
            "row": str(one.row),
            "change": show_change(one.old, one.new, language),
            "version": version_label(number, sha256, language),
        }
        yield Hit(words, one.goal, one.column, one.cell, one.file, one.department, one.sheet)


@check_across(
    "X105",
    Severity.WARNING,
    "The register amends {column} of goal {goal}, but the department's answer is now another. As amended, and as "
    "answered: {change}.",
    hint="The amended words stay. Decide in register.xlsx, {place}: rejected, to take the department's "
    "answer; or a further row, from the department's answer to what is to stand there.",
)
def amendment_conflict(round_: Round) -> Iterator[Hit]:
    """An amendment of the register changes an answer which is not, or no longer, the one that the department gives.

    The department has sent something newer, or the words in “from” were never its own. The amended words go on standing
    in the master; a newer answer never overwrites them, nor do they pass for a decision on it.

    Fix: reject the amendment, or write a further one on the newer answer.

    Bad:
        - the register amends another answer than the one that came
    Good:
        - the register amends the answer that came
    """
    context, language = round_.context, round_.context.language
    spare = {id_key(name): name for name in context.spare_ids()}
    for (code, key), columns in round_.amended.items():
        goal = context.plan.by_key[key].id if key in context.plan.by_key else spare.get(key, key)
        ret = round_.winners.get((code, goal))
        entry = None if ret is None else _entry_of(ret, goal)
        if entry is None and key in spare:
            continue  # there is no such row
        open_columns = {column.key for column in context.template.main.columns_of(spare=key in spare)}
        for column, one in columns.items():
            if one.conflict and column in open_columns:
                words = {
                    "change": show_change(plain(one.value), plain(one.original), language),
                    "place": one.amendment.place.told(language),
                }
                cell = None if entry is None else entry.places.get(column)
                file, sheet = (None, None) if ret is None else (ret.file, ret.sheet)
                yield Hit(words, goal, column, cell, file, code, sheet)


@check_across(
    "X106",
    Severity.WARNING,
    "Which of two returns of {department} is the last one is not certain. {why}",
    hint="Write into register.xlsx, sheet Receipts, when each file came. Until then {file} counts.",
)
def order_unknown(round_: Round) -> Iterator[Hit]:
    """Two returns of a department answer a goal differently, and their files' own times do not tell which came last.

    They may bear the same time, as files do that were copied or unpacked in one go. Or the earlier content lies there a
    second time with a later file time: it may have been sent again, or an old file was merely put back. It is not taken
    for a newer answer unless the register says that it came again. Or a return that appeared only after another one
    was passed bears an earlier time than that, as a file does that was copied from a memory stick.

    Fix: write the receipt times into the register.

    Bad:
        - two differing returns bear the same time
    Good:
        - two differing returns came one after the other
    """
    say = round_.context.language.say
    for older, newer, goals in _overlaps(round_):
        same = older.moment == newer.moment
        copy = older.again if older.again and round_.receipts[older.again].moment > newer.moment else None
        after = _appeared_later(older, newer) and (
            goals or any(_counts(round_, older, one) for one in _answered(older))
        )
        if not after and not (goals and (same or copy)):
            continue
        why = say(f"{newer.file} 和 {older.file} 时间相同。", f"{newer.file} and {older.file} bear the same time.")
        if copy:
            why = say(
                f"{copy} 的时间最晚，但内容就是更早的 {older.file}。",
                f"{copy} bears the latest time, but its content is that of the earlier {older.file}.",
            )
        elif after:
            why = say(
                f"{newer.file} 审核通过以后，又出现了时间更早的来件，可能就是 {older.file}。",
                f"After {newer.file} was passed, a return of an earlier time appeared; it may be {older.file}.",
            )
        words = {"department": round_.context.plan.by_code[newer.department].name, "file": newer.file, "why": why}
        yield Hit(words, file=newer.file, department=newer.department)


@check_across(
    "X107",
    Severity.WARNING,
    "Two partial returns of {department} both answer goal {goal}, and differently ({file} and {other}).",
    hint="The newer one counts: {file}. Ask which is right.",
)
def parts_differ(round_: Round) -> Iterator[Hit]:
    """Two returns of a department each answer goals that the other leaves out, and a common goal differently.

    So neither replaces the other: two units of the department have probably each sent their part. The rows are joined;
    for the common goal the newer one counts, though nobody may have meant that.

    Fix: have the department say which is right.

    Bad:
        - two parts of a return came, which answer a common goal differently
    Good:
        - two parts of a return came, which answer different goals
    """
    for older, newer, goals in _overlaps(round_):
        first, second = _answered(older), _answered(newer)
        if first <= second or second <= first:
            continue
        for goal in goals:
            words = {
                "department": round_.context.plan.by_code[newer.department].name,
                "file": newer.file,
                "other": older.file,
            }
            entry = newer.entry(id_key(goal))
            place = next(iter(entry.places.values()), None) if entry is not None else None
            yield Hit(words, goal, None, place, newer.file, newer.department, newer.forms[0].sheet)


@check_across(
    "X108",
    Severity.WARNING,
    "Goal {goal} is reported as {status}, but {others}.",
    hint="Agree with them, or say in the explanation what the difference is.",
    explainable=True,
)
def lead_and_support_differ(round_: Round) -> Iterator[Hit]:
    """The lead of a goal reports it as completed, while a department that supports it does not.

    Each department's words stand in the master in a row of its own; the difference is for the lead to settle.

    Fix: agree on the status, or explain.

    Bad:
        - the lead reports completion, its supporter is behind
    Good:
        - the lead and its supporter both report completion
    """
    context = round_.context
    for goal in context.plan.goals:
        lead, *supporters = goal.departments
        own = round_.winners.get((lead, goal.id))
        entry = None if own is None else _entry_of(own, goal.id)
        if own is None or entry is None or context.progress(entry.value("status")) is not Progress.COMPLETED:
            continue
        others = []
        for code in supporters:
            theirs = round_.winners.get((code, goal.id))
            status = None if theirs is None else _entry_of(theirs, goal.id).value("status")
            if context.progress(status) not in (Progress.COMPLETED, None):
                name = context.plan.by_code[code].name
                others.append(context.language.say(f"{name}报“{status}”", f"{name} reports {status}"))
        if others:
            words = {
                "status": str(entry.value("status")),
                "others": context.language.say("，", ", ").join(others),
            }
            yield Hit(words, goal.id, "status", entry.places.get("status"), own.file, lead, own.sheet)


def _entry_of(ret: Return, goal: str) -> Entry:
    return next(entry for entry in ret.entries if entry.goal == goal)


def _answered(version: Version) -> frozenset[str]:
    return frozenset(entry.goal for form in version.forms for entry in form.entries if entry.answered)


def _overlaps(round_: Round) -> Iterator[tuple[Version, Version, list[str]]]:
    """Pairs of a department's versions in play, the older first, and the goals that they answer differently.

    Only goals for which the newer one counts: what a third has answered since is settled.
    """
    order = round_.context.goal_order
    ours: dict[str, list[Version]] = {}
    for newer in round_.versions:
        if newer.fate is Fate.IN_PLAY:
            for older in ours.setdefault(newer.department, []):
                common = [goal for goal in _answered(older) & _answered(newer) if _counts(round_, newer, goal)]
                common.sort(key=lambda goal: (order.get(id_key(goal), len(order)), goal))
                yield older, newer, [goal for goal in common if _differ(older, newer, goal)]
            ours[newer.department].append(newer)


def _appeared_later(older: Version, newer: Version) -> bool:
    """Whether the older one may have come only after the newer was passed, which bore a smaller number then."""
    review = newer.review
    if review is None or review.verdict is not Verdict.PASSED or older.review is not None:
        return False
    number = version_number(review.version)
    registered = all(one.receipt.basis is Basis.REGISTERED for one in (older, newer))
    return number is not None and number < newer.number and not registered


def _counts(round_: Round, version: Version, goal: str) -> bool:
    winner = round_.winners.get((version.department, goal))
    return any(form is winner for form in version.forms)


def _differ(older: Version, newer: Version, goal: str) -> bool:
    entry = newer.entry(id_key(goal))
    return entry is not None and bool(differing(older.entry(id_key(goal)), entry))


CHECKS = (held_after_review, amendment_conflict, order_unknown, parts_differ, lead_and_support_differ)
