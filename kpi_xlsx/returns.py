"""A file that came back, read by keys into a Return for each form in it; total: what was done to it becomes a note."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from kpi_xlsx import identity as identities
from kpi_xlsx.archives import members, open_archive
from kpi_xlsx.assessor_sheets import as_sent, split_book
from kpi_xlsx.book import UNPACK, Book, Unreadable, damaged, over
from kpi_xlsx.carriers import Carriers
from kpi_xlsx.context import Context
from kpi_xlsx.intake import Arrival, ignored, load, unopened
from kpi_xlsx.kinds import Kind, kind_of
from kpi_xlsx.leftovers import find_leftovers, note_strays
from kpi_xlsx.merges import note_merges
from kpi_xlsx.model import Entry, Identity, Note, Return, ReturnStatus, id_key
from kpi_xlsx.rows import Rows
from kpi_xlsx.second_sheet import SecondSheet, SecondSheets, find_both, is_of_second
from kpi_xlsx.sightings import note_extras, note_hidden
from kpi_xlsx.signatures import note_unsigned, read_signatures
from kpi_xlsx.tables import Columns, Found
from kpi_xlsx.workbooks import read_workbook

MOST_FORMS = 200
"""In one workbook; an office that forwards the forms of all its districts has fewer."""
MOST_LEFTOVERS = 500
"""That are kept of one form; all stay in the original."""
_SPLIT = (
    "请分成几个文件再报。",
    "Have them sent in several files.",
)


def read_returns(arrival: Arrival, context: Context) -> list[Return]:
    """What one file holds: a Return for each form in it, or one that says why there is none. Never raises.

    A bundle has a Return of its own, before those of its members.
    """
    blank = Return(arrival.name, ReturnStatus.QUARANTINED)
    try:
        stat = arrival.path.lstat()
        blank = replace(blank, size=stat.st_size, modified=stat.st_mtime)
        if ignored(arrival.name):
            return [replace(blank, status=ReturnStatus.IGNORED)]
        body, digest = load(arrival.path, context.limits)
    except Unreadable as trouble:
        return [_refused(blank, trouble, context)]
    except OSError as problem:
        return [_refused(blank, unopened(problem), context)]
    return _read(replace(blank, sha256=digest), body, context, context.limits.bundle_depth)


def _read(blank: Return, body: bytes, context: Context, depth: int) -> list[Return]:
    """What the bytes hold; `depth` more bundles may stand in one another."""
    try:
        kind = kind_of(blank.file, body, context)
        if kind is Kind.COMPANION:
            return [replace(blank, status=ReturnStatus.ATTACHED)]
        if kind is Kind.BUNDLE:
            if depth == 0:
                most = context.limits.bundle_depth
                raise over(
                    f"压缩包套压缩包，超过 {most} 层", f"it is an archive within archives, over {most} deep", UNPACK
                )
            return [replace(blank, status=ReturnStatus.READ), *_unpack(blank, body, context, depth - 1)]
        parts = split_book(read_workbook(blank.file, body, kind, context), context)
        return [ret for part, own in parts for ret in as_sent(_forms(part, blank, own), own)]
    except Unreadable as trouble:
        return [_refused(blank, trouble, context)]
    except (MemoryError, RecursionError):
        words = "文件太大或太复杂", "it is too large or too tangled"
        return [_refused(replace(blank, momentary=True), damaged(*words), context)]


def _unpack(bundle: Return, body: bytes, context: Context, depth: int) -> Iterator[Return]:
    """What the files of a bundle hold."""
    with open_archive(io.BytesIO(body), context.limits) as archive:
        for member in members(archive, context.limits, context.passwords):
            name = f"{bundle.file}/{member.name}"
            blank = Return(name, ReturnStatus.QUARANTINED, size=len(member.body), modified=bundle.modified)
            if ignored(name):
                yield replace(blank, status=ReturnStatus.IGNORED)
            elif member.trouble is not None:
                yield _refused(blank, member.trouble, context)
            else:
                blank = replace(blank, sha256=hashlib.sha256(member.body).hexdigest(), momentary=member.momentary)
                yield from _read(blank, member.body, context, depth)


def _refused(blank: Return, trouble: Unreadable, context: Context) -> Return:
    """A file that is set aside, with what is wrong and what to do."""
    say = context.language.say
    words = {"reason": say(trouble.zh, trouble.en), "remedy": say(*trouble.remedy)}
    return replace(blank, notes=(Note(trouble.code, words),), momentary=blank.momentary or trouble.momentary)


def _forms(book: Book, blank: Return, context: Context) -> Iterator[Return]:
    """A Return for each sheet that holds the form's table."""
    blank = replace(blank, momentary=blank.momentary or book.momentary)
    if book.macros:
        blank = replace(blank, notes=(Note("F105"),))
    blank = replace(blank, notes=(*blank.notes, *note_extras(book, context.language)))
    tables, others = find_both(book, context)
    count = max(len(tables), len(others))
    if count > MOST_FORMS:
        raise over(f"里面有 {count} 份填报表", f"it holds {count} forms", _SPLIT)
    seconds = SecondSheets(others, context, len(tables))
    hidden = list(_payloads_on_sheets(book, {found.sheet.name for found in (*tables, *others)}, context))
    elsewhere = _fullest([*_payload_in_properties(book), *hidden])
    if not tables and others:
        yield _without_first(blank, seconds, context)
    elif not tables:
        yield replace(blank, identity=elsewhere, notes=(*blank.notes, Note("I101")))
    carried = [Carriers.of(found) for found in tables]
    for found, carriers in zip(tables, carried, strict=True):
        # A table without any mark beside one that has them is most likely last period's, copied in to look at.
        corroborates = carriers.any or len(tables) == 1
        beside = elsewhere if corroborates else None
        listed = bool(hidden or carriers.payload)
        yield _Form(found, carriers, beside, blank, context, seconds, listed=listed).read()
        blank = replace(blank, notes=())  # what concerns the whole workbook is said once


def _without_first(blank: Return, seconds: SecondSheets, context: Context) -> Return:
    """A workbook that holds the second table only, of which nothing can be taken."""
    own, note = seconds.alone()
    department = None if own is None else _of_today(own, context)
    if own is not None and department is None and note.code == "S116":
        note = Note("I103", {"found": own.department})
    return replace(blank, identity=own, department=department, notes=(*blank.notes, note))


def _of_today(own: Identity, context: Context) -> str | None:
    """The department of today that a form is of; one issued to a unit that is no more is its successor's."""
    found = context.plan.by_code.get(own.department) or context.plan.find_department(own.department)
    return None if found is None else found.code


def _payload_in_properties(book: Book) -> Iterator[Identity]:
    """What the document properties say the workbook is; a long list of goals has no room there."""
    own = identities.from_payload(book.properties.get(identities.PROPERTY, ""))
    if own is not None:
        yield own


def _payloads_on_sheets(book: Book, tables: set[str], context: Context) -> Iterator[Identity]:
    """What the hidden sheet says the workbook is; a second table that is not looked for any more says nothing."""
    for sheet in book.sheets:
        if sheet.name not in tables and len(sheet.rows) <= 1000:
            for _, cells in sheet.in_order():
                for cell in cells.values():
                    found = identities.from_payload(cell.value) if isinstance(cell.value, str) else None
                    if found is not None and not is_of_second(found, context):
                        yield found


def _fullest(said: Sequence[Identity]) -> Identity | None:
    """The first identity, with its list of goals where another carrier has room for that."""
    first = next(iter(said), None)
    return next((one for one in said if one.goals and replace(one, goals=()) == first), first)


# --- one form ---------------------------------------------------------------------------------------------------------


class _Form:
    """Reads one table into a Return; collects notes on the way."""

    def __init__(
        self,
        found: Found,
        carriers: Carriers,
        elsewhere: Identity | None,
        blank: Return,
        context: Context,
        seconds: SecondSheets,
        *,
        listed: bool,
    ) -> None:
        """`seconds`: the second tables of the workbook.

        `listed`: a carrier is left that has the list of goals, if the form holds only some.
        """
        self.listed = listed
        self.seconds = seconds
        self.found = found
        self.carriers = carriers
        self.elsewhere = elsewhere
        self.blank = replace(blank, sheet=found.sheet.name)
        self.context = context
        self.table = context.template.main
        self.say = context.language.say
        self.notes: list[Note] = list(blank.notes)

    def note(
        self, code: str, goal: str | None = None, column: str | None = None, cell: str | None = None, **words: str
    ) -> None:
        self.notes.append(Note(code, words, goal, column, cell))

    def read(self) -> Return:
        own = self._identify()
        if own is None:
            self.note("I101")
            return replace(self.blank, notes=tuple(self.notes))
        self.blank = replace(self.blank, identity=own)
        if own.cycle != self.context.cycle or own.period != str(self.context.period):
            self.note("I102", found=own.period or own.cycle)
            return replace(self.blank, department=_of_today(own, self.context), notes=tuple(self.notes))
        department = _of_today(own, self.context)
        if department is None:
            self.note("I103", found=own.department)
            return replace(self.blank, notes=tuple(self.notes))
        columns = Columns(self.found, self.context)
        rows = Rows(columns, self.context, department, frozenset(map(id_key, own.goals)))
        entries = rows.entries()
        own = self._in_part(own, department, rows)
        old_plan = self._compare(own, department, rows)
        rows.note_rows()
        rows.note_refused()
        signed = read_signatures(self.found, self.context)
        rows.note_given(own=not (old_plan and own.revision in rows.revisions()))
        self.notes += [note for note in columns.notes if note.code != "S101" or rows.opens(note.column)]
        self.notes += [*rows.notes, *note_hidden(entries, columns)]
        self.notes += [*note_merges(rows.merges, rows.chosen, columns), *note_strays(columns, rows.chosen)]
        second = self._take_second(own, department, entries)
        entries = second.into(entries)
        if any(entry.answered for entry in entries):
            self.notes += note_unsigned(signed, self.context)
        else:
            unplaced = rows.strangers or rows.contradictions or columns.conflicts
            rest = self.say("（填了的内容都认不出是哪个目标的）", " that could be assigned to a goal")
            refused = self.say("（填了的都是不由该单位填写的格）", " in the cells that are open to the department")
            self.note("S108", rest=rest if unplaced else refused if rows.refused else "")
        return replace(
            self.blank,
            status=ReturnStatus.READ,
            identity=own,
            department=department,
            entries=tuple(entries),
            notes=tuple(self.notes),
            signed={label: one.text for label, one in signed.items() if one.text},
            leftovers=(*islice(find_leftovers(columns, rows.chosen, rows.refused), MOST_LEFTOVERS), *second.leftovers),
        )

    def _take_second(self, own: Identity, department: str, entries: Sequence[Entry]) -> SecondSheet:
        """What the form's second table says, with what it means for the whole return."""
        second = self.seconds.read(own, department, [id_key(entry.goal) for entry in entries])
        said = {note.code for note in self.notes}
        self.notes += second.notes
        if second.old_plan and "I105" not in said:
            self.note("I105")
        if not second.current:
            changed = tuple(dict.fromkeys([*self.blank.changed, *second.changed]))
            self.blank = replace(self.blank, current=False, changed=changed)
        return second

    def _compare(self, own: Identity, department: str, rows: Rows) -> bool:
        """Note where the form is not of today's plan and template; returns whether only the plan is another.

        `department`: its code of today, which may be another than the form was issued under.
        """
        today = self.context.identity_of(department, rows.part)
        sealed = identities.holds(self.context.seal_key, own)
        if own.template != today.template:
            self.note("I104", found=own.template, current=today.template)
        if not sealed:
            self.note("I107")
        if own.revision != today.revision:
            self.blank = replace(self.blank, current=False, changed=tuple(rows.changed(own.revision)))
        old_plan = sealed and not self.blank.current and own.template == today.template
        if old_plan:
            self.note("I105")
        return old_plan

    def _in_part(self, own: Identity, department: str, rows: Rows) -> Identity:
        """The identity with its list of goals, where only a carrier without it is left, and the rows add up to it.

        A form with all of its department's goals has spare rows, if the template has any.
        """
        if self.listed or own.goals or rows.has_spare or not rows.present:
            return own
        if rows.present == rows.goals.keys() or own.revision[:6] == self.context.identities[department].revision[:6]:
            return own  # a form with all goals
        today = self.context.identity_of(department, rows.present)
        older = (*today.goals, *(visible for visible, _ in rows.strangers if visible))
        for revision, goals in ((today.revision, today.goals), *((one, older) for one in rows.revisions())):
            seal = identities.seal(self.context.seal_key, own.cycle, own.period, own.template, own.department, revision)
            printed = (revision[:6], seal[:6])  # the printed form id has no more of them
            if (own.revision, own.seal) in ((revision, seal), printed):
                rows.part = frozenset(map(id_key, goals))
                return replace(own, revision=revision, seal=seal, goals=goals)
        return own

    def _identify(self) -> Identity | None:
        """The identity by the best carrier that is left; the lost ones are noted, a contradiction too."""
        payload, printed = self.carriers.payload, self.carriers.printed
        best = payload or self.elsewhere
        lost = []
        if payload is None:
            lost.append(self.say("隐藏的表单标识", "the hidden identity"))
        if printed is None:
            lost.append(self.say("填报编码", "the printed form id"))
        if self.found.key_row is None:
            lost.append(self.say("隐藏的列标识", "the hidden column keys"))
        if self.elsewhere is None:
            lost.append(self.say("文档属性和隐藏工作表", "the document properties and hidden sheet"))
        if best is None and printed is not None:
            best = self._from_printed(*printed)
        if best is None:
            return None
        if lost:
            self.note("I106", lost=self.say("、", ", ").join(lost))
        if printed is not None and printed[1:] != (best.department, best.revision[:6], best.seal[:6]):
            self.note("I107")
        return best

    def _from_printed(self, stamp: str, department: str, revision: str, seal: str) -> Identity:
        """As much of an identity as the printed form id proves."""
        context = self.context
        current = context.identities.get(department)
        if stamp == context.period.stamp and current is not None:
            if (current.revision[:6], current.seal[:6]) == (revision, seal):
                return current
            return replace(current, revision=revision, seal=seal)
        month = f"{stamp[:4]}-{stamp[4:]}"
        cycle, period = (context.cycle, str(context.period)) if stamp == context.period.stamp else (month, month)
        return Identity(cycle, period, context.template.id, department, revision, seal)
