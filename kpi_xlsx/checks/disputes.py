"""Family X, continued: where returns and decisions are at odds, and a person has to say what holds."""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.decisions import Verdict
from kpi_xlsx.model import Basis, Progress, Severity, plain
from kpi_xlsx.versions import Version, differing, find_held, version_number
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
    A form with other goals only, such as a lead's after a supporter's, is not held: it says nothing of what was passed.

    Fix: compare the two, and decide.

    Bad:
        - the return was passed, then one with another answer came
    Good:
        - the return was passed, then the same answers came again
    """
    language = round_.context.language
    for one in find_held(round_.counting.versions):
        version, entry = one.version, one.entry
        words = {
            "department": round_.context.plan.by_code[version.department].name,
            "row": str(entry.row),
            "change": show_change(one.old, one.new, language),
            "version": version.label(language),
        }
        cell = entry.places.get(one.column)
        yield Hit(words, entry.goal, one.column, cell, version.file, version.department, one.form.sheet)


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
    for (code, key), columns in round_.amended.items():
        spare = key in context.spare
        _, entry, ret = round_.counting.counted.get((code, key), (None, None, None))
        if entry is None and spare:
            continue  # there is no such row
        open_cells = context.open_cells(context.plan.by_key.get(key), code)
        for column, one in columns.items():
            if one.conflict and column in open_cells:
                words = {
                    "change": show_change(plain(one.value), plain(one.original), language),
                    "place": one.amendment.place.told(language),
                }
                cell = None if entry is None else entry.places.get(column)
                file, sheet = (None, None) if ret is None else (ret.file, ret.sheet)
                yield Hit(words, context.row_id(key), column, cell, file, code, sheet)


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
    for older, newer, keys in _overlaps(round_):
        same = older.moment == newer.moment
        copy = older.again if older.again and round_.receipts[older.again].moment > newer.moment else None
        after = _appeared_later(older, newer) and (keys or _counts(round_, older))
        if not after and not (keys and (same or copy)):
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
    for the common goal the newer one counts, though nobody may have meant that. A form that was made for some of the
    goals only (a supplement) is meant to replace the others' rows, and is no part in this sense.

    Fix: have the department say which is right.

    Bad:
        - two parts of a return came, which answer a common goal differently
    Good:
        - two parts of a return came, which answer different goals
    """
    for older, newer, keys in _overlaps(round_):
        if older.rows.keys() <= newer.rows.keys() or newer.rows.keys() <= older.rows.keys():
            continue
        if older.parts != newer.parts:
            continue
        name = round_.context.plan.by_code[newer.department].name
        for key in keys:
            entry, form = newer.rows[key]
            place = next(iter(entry.places.values()), None)
            words = {"department": name, "file": newer.file, "other": older.file}
            yield Hit(words, entry.goal, None, place, newer.file, newer.department, form.sheet)


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
    context, counted = round_.context, round_.counting.counted
    column = context.template.main.by_key.get("status")
    if column is None or column.closed_for is not None:
        return
    for goal in context.plan.goals:
        lead, *supporters = goal.departments
        _, entry, own = counted.get((lead, goal.key), (None, None, None))
        if own is None or entry is None or context.progress(entry.value("status")) is not Progress.COMPLETED:
            continue
        others = []
        for code in supporters:
            _, theirs, _ = counted.get((code, goal.key), (None, None, None))
            status = None if theirs is None else theirs.value("status")
            if context.progress(status) not in (Progress.COMPLETED, None):
                name = context.plan.by_code[code].name
                others.append(context.language.say(f"{name}报“{status}”", f"{name} reports {status}"))
        if others:
            words = {
                "status": str(entry.value("status")),
                "others": context.language.say("，", ", ").join(others),
            }
            yield Hit(words, goal.id, "status", entry.places.get("status"), own.file, lead, own.sheet)


def _overlaps(round_: Round) -> Iterator[tuple[Version, Version, list[str]]]:
    """Pairs of a department's versions in play, the older first, and the keys of rows that they answer differently.

    Only rows for which the newer one counts: what a third has answered since is settled.
    """
    counted, order = round_.counting.counted, round_.context.goal_order
    for code, ours in round_.in_play.items():
        for place, newer in enumerate(ours):
            counts = [key for key in newer.rows if counted[code, key][0] is newer]
            counts.sort(key=lambda key: (order.get(key, len(order)), key))
            for older in ours[:place]:
                common = [key for key in counts if key in older.rows]
                yield older, newer, [key for key in common if differing(older.entry(key), newer.rows[key][0])]


def _appeared_later(older: Version, newer: Version) -> bool:
    """Whether the older one may have come only after the newer was passed, which bore a smaller number then."""
    review = newer.review
    if review is None or review.verdict is not Verdict.PASSED or older.review is not None:
        return False
    number = version_number(review.version)
    registered = all(one.receipt.basis is Basis.REGISTERED for one in (older, newer))
    return number is not None and number < newer.number and not registered


def _counts(round_: Round, version: Version) -> bool:
    """Whether any row counts from a version."""
    return any(round_.counting.counted[version.department, key][0] is version for key in version.rows)


CHECKS = (held_after_review, amendment_conflict, order_unknown, parts_differ, lead_and_support_differ)
