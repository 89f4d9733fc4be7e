"""A workbook that came back, read by keys into a Return; total: whatever was done to it becomes a note."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.intake import Arrival, ignored, load, sniff
from kpi_xlsx.model import Identity, Note, Return, ReturnStatus
from kpi_xlsx.parts import Book, Sheet, Unreadable
from kpi_xlsx.rows import Rows
from kpi_xlsx.sheets import read_book
from kpi_xlsx.sightings import note_extras, note_hidden
from kpi_xlsx.tables import HEADING_ROWS, Columns, Found, find_table


def read_returns(arrival: Arrival, context: Context) -> list[Return]:
    """What one file holds: a Return for each form in it, or one that says why there is none. Never raises."""
    blank = Return(arrival.name, ReturnStatus.QUARANTINED)
    try:
        stat = arrival.path.lstat()
        blank = replace(blank, size=stat.st_size, modified=stat.st_mtime)
        if ignored(arrival):
            return [replace(blank, status=ReturnStatus.IGNORED)]
        body, digest = load(arrival.path, context.limits)
        blank = replace(blank, sha256=digest)
        status = sniff(body[:512], body)
        if status is ReturnStatus.ATTACHED:
            return [replace(blank, status=status)]
        book = read_book(io.BytesIO(body), context.limits)
        return list(_forms(book, blank, context))
    except Unreadable as trouble:
        return [replace(blank, notes=(Note(trouble.code, {"reason": context.language.say(trouble.zh, trouble.en)}),))]
    except OSError as problem:
        reason = problem.strerror or "?"
    except (MemoryError, RecursionError):
        reason = context.language.say("文件太大或太复杂", "it is too large or too tangled")
    return [replace(blank, notes=(Note("F101", {"reason": reason}),))]


def _forms(book: Book, blank: Return, context: Context) -> Iterator[Return]:
    """A Return for each sheet that holds the form's table."""
    if book.macros:
        blank = replace(blank, notes=(Note("F105"),))
    blank = replace(blank, notes=(*blank.notes, *note_extras(book, context.language)))
    tables = [found for sheet in book.sheets if (found := find_table(sheet, context.template.main)) is not None]
    elsewhere = list(_payloads_elsewhere(book, {found.sheet.name for found in tables}))
    if not tables:
        own = elsewhere[0] if elsewhere else None
        yield replace(blank, identity=own, notes=(*blank.notes, Note("I101")))
    carried = [_Carriers.of(found.sheet) for found in tables]
    anonymous = sum(not carriers.any for carriers in carried)
    for found, carriers in zip(tables, carried, strict=True):
        corroborates = elsewhere and (carriers.any or anonymous == 1)
        yield _Form(found, carriers, elsewhere[0] if corroborates else None, blank, context).read()


def _payloads_elsewhere(book: Book, tables: set[str]) -> Iterator[Identity]:
    """What document properties and the hidden sheet say the workbook is."""
    own = identities.from_payload(book.properties.get(identities.PROPERTY, ""))
    if own is not None:
        yield own
    for sheet in book.sheets:
        if sheet.name not in tables and len(sheet.rows) <= 1000:
            for _, cells in sheet.in_order():
                for cell in cells.values():
                    found = identities.from_payload(cell.value) if isinstance(cell.value, str) else None
                    if found is not None:
                        yield found


@dataclass(frozen=True, slots=True)
class _Carriers:
    """The identities on the fill sheet itself: the hidden one and the printed form id."""

    payload: Identity | None
    printed: tuple[str, str, str, str] | None

    @classmethod
    def of(cls, sheet: Sheet) -> _Carriers:
        payload = printed = None
        for row, cells in sheet.in_order():
            if row > HEADING_ROWS or (payload and printed):
                break
            for cell in cells.values():
                if isinstance(cell.value, str):
                    payload = payload or identities.from_payload(cell.value)
                    printed = printed or identities.find_form_id(cell.value)
        return cls(payload, printed)

    @property
    def any(self) -> bool:
        return self.payload is not None or self.printed is not None


# --- one form ---------------------------------------------------------------------------------------------------------


class _Form:
    """Reads one table into a Return; collects notes on the way."""

    def __init__(
        self, found: Found, carriers: _Carriers, elsewhere: Identity | None, blank: Return, context: Context
    ) -> None:
        self.found = found
        self.sheet = found.sheet
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
            return replace(self.blank, department=self._known(own), notes=tuple(self.notes))
        department = self._known(own)
        if department is None:
            self.note("I103", found=own.department)
            return replace(self.blank, notes=tuple(self.notes))
        current = self.context.identities[department]
        sealed = identities.holds(self.context.seal_key, own)
        if own.template != current.template:
            self.note("I104", found=own.template, current=current.template)
        if not sealed:
            self.note("I107")
        old_plan = sealed and own.revision != current.revision and own.template == current.template
        if old_plan:
            self.note("I105")
        columns = Columns(self.found, self.context)
        rows = Rows(columns, self.context, department)
        entries = rows.entries()
        rows.note_rows()
        if not (old_plan and rows.revision() == own.revision):
            rows.note_given()
        self.notes += [*columns.notes, *rows.notes, *note_hidden(self.sheet, entries, self.context)]
        if not any(entry.answered for entry in entries):
            self.note("S108")
        return replace(
            self.blank,
            status=ReturnStatus.READ,
            department=department,
            entries=tuple(entries),
            notes=tuple(self.notes),
        )

    def _known(self, own: Identity) -> str | None:
        return own.department if own.department in self.context.plan.by_code else None

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
