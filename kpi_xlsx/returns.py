"""A workbook that came back, read by keys into a Return; total: whatever was done to it becomes a note, not an error.

Nothing here knows a cell address. Columns are recognised by a hidden key and by their heading, rows by the visible goal
id, a hidden row mark and the goal's own words; where these witnesses disagree, none of them is trusted in silence.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.intake import Arrival, ignored, load, sniff
from kpi_xlsx.model import (
    Answer,
    Cell,
    CellKind,
    Entry,
    Goal,
    Identity,
    Note,
    Return,
    ReturnStatus,
    Scalar,
    cell_ref,
    id_key,
    match_key,
    plain,
)
from kpi_xlsx.sheets import DEFAULT_LIMITS, Book, Limits, Sheet, Unreadable, read_book
from kpi_xlsx.template import Column, Table, given
from kpi_xlsx.values import read_answer, show

HEADING_ROWS = 400
"""How far down a heading is looked for; departments put letters above a table, but not more."""
AUTOMATIC = {"role": ("角色", "Role"), "check": ("自查提示", "Check")}
"""Columns of a form that the template does not declare; they are known, and never read."""


def read_returns(arrival: Arrival, context: Context, limits: Limits = DEFAULT_LIMITS) -> list[Return]:
    """What one file holds: a Return for each form in it, or one that says why there is none. Never raises."""
    blank = Return(arrival.name, ReturnStatus.QUARANTINED)
    try:
        stat = arrival.path.lstat()
        blank = replace(blank, size=stat.st_size, modified=stat.st_mtime)
        if ignored(arrival):
            return [replace(blank, status=ReturnStatus.IGNORED)]
        body, digest = load(arrival.path, limits)
        blank = replace(blank, sha256=digest)
        status = sniff(body[:512], body)
        if status is ReturnStatus.ATTACHED:
            return [replace(blank, status=status)]
        book = read_book(io.BytesIO(body), limits)
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
    tables = [found for sheet in book.sheets if (found := _find_table(sheet, context.template.main)) is not None]
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


# --- where the table is -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """The table on a sheet: its heading row, the hidden row of keys, and what is claimed of each column."""

    sheet: Sheet
    heading_row: int | None
    keys: Mapping[int, str]
    headings: Mapping[int, str]
    key_row: int | None

    @property
    def first_row(self) -> int:
        return 1 + max(row for row in (self.heading_row, self.key_row) if row is not None)


def _find_table(sheet: Sheet, table: Table) -> _Found | None:
    known = {column.key for column in table.form_columns} | set(AUTOMATIC)
    key_row: int | None = None
    heading_row: int | None = None
    keys: dict[int, str] = {}
    headings: dict[int, str] = {}
    enough = max(3, len(table.form_columns) // 3)
    best = 0
    for row, cells in sheet.in_order():
        if row > HEADING_ROWS:
            break
        texts = {column: cell.value for column, cell in cells.items() if isinstance(cell.value, str)}
        marked = {
            column: text[1:] for column, text in texts.items() if text[:1] == identities.MARK and text[1:] in known
        }
        if key_row is None and len(marked) >= 3:
            key_row, keys = row, marked
            continue
        matched = {key for text in texts.values() if (key := match_heading(text, table))}
        if len(matched) >= enough and len(matched) > best:
            best, heading_row = len(matched), row
            headings = {column: text.strip() for column, text in texts.items() if text.strip()}
    if heading_row is None and key_row is None:
        return None
    return _Found(sheet, heading_row, keys, headings, key_row)


_SUFFIX = re.compile(r"[(:\d]")


def match_heading(text: str, table: Table) -> str | None:
    """The key of the column whose heading this is; a leading star and a month or unit at the end may be added."""
    key = match_key(text).lstrip("*★")
    for name, words in AUTOMATIC.items():
        if key in map(match_key, words):
            return name
    found = None
    for column in table.form_columns:
        stem = match_key(column.header).lstrip("*★")
        if key == stem:
            return column.key
        if key.startswith(stem) and _SUFFIX.match(key[len(stem) :]):
            found = column.key
    return found


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
        self, found: _Found, carriers: _Carriers, elsewhere: Identity | None, blank: Return, context: Context
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
        columns = _Columns(self)
        rows = _Rows(self, columns, department)
        entries = rows.entries()
        rows.note_rows()
        if not (old_plan and rows.revision() == own.revision):
            rows.note_given()
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
            self.note("I106", lost="、".join(lost) if self.context.language == "zh" else ", ".join(lost))
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


class _Columns:
    """Which column of the sheet holds which key, from the hidden key row and the headings."""

    def __init__(self, form: _Form) -> None:
        self.form = form
        self.table = form.table
        self.at: dict[str, int] = {}
        self.conflicts: set[str] = set()
        self.unknown: dict[int, str] = {}
        found = form.found
        by_key = dict(found.keys)
        by_heading = {
            column: key for column, text in found.headings.items() if (key := match_heading(text, self.table))
        }
        self._settle(by_key, by_heading)
        for column in sorted({*by_key, *found.headings}):
            self._claim(column, by_key.get(column) or by_heading.get(column), found.headings.get(column, ""))
        self._note_missing()

    def _settle(self, by_key: dict[int, str], by_heading: dict[int, str]) -> None:
        """Where hidden keys and headings disagree, follow the one that the cells below bear out, or neither."""
        form = self.form
        torn = [column for column in by_key if by_heading.get(column, by_key[column]) != by_key[column]]
        if not torn:
            return
        misfits_by_key, misfits_by_heading = (
            sum(self._misfits(column, claims[column]) for column in torn) for claims in (by_key, by_heading)
        )
        if misfits_by_key and not misfits_by_heading:
            by_key.update({column: by_heading[column] for column in torn})
        elif misfits_by_heading and not misfits_by_key:
            by_heading.update({column: by_key[column] for column in torn})
        else:
            for column in torn:
                self.conflicts.update((by_key.pop(column), by_heading[column]))
                place = cell_ref(form.found.heading_row or 0, column)
                what = form.found.headings[column]
                form.note("S106", column=by_heading.pop(column), cell=place, what=what)
            return
        names = "、".join(form.found.headings[column] for column in torn)
        form.note(
            "I106",
            lost=form.say(
                f"“{names}”的隐藏列标识与表头不符（多半是移过列），已按格里的内容认列",
                f"the hidden keys of “{names}” do not fit the headings (columns were probably moved); "
                "the cells' content settled it",
            ),
        )

    def _misfits(self, number: int, key: str) -> int:
        """How many cells of a column would be wrong if it were this one: of another type, or not in the plan."""
        column = self.table.by_key.get(key)
        if column is None:
            return 0
        plan = {_given_key(given(column, goal)) for goal in self.form.context.plan.goals}
        count = 0
        for row, cells in self.form.sheet.rows.items():
            cell = cells.get(number)
            if row < self.form.found.first_row or cell is None or _is_signature(cells, self.form.context):
                continue
            if column in self.table.given:
                count += _given_key(cell.value) not in plan
            else:
                answer = read_answer(column, cell, self.form.context.period)
                count += answer is not None and answer.fault in ("V101", "V102", "V107")
        return count

    def _claim(self, column: int, key: str | None, text: str) -> None:
        if key in self.conflicts:
            return
        if key is None or key in self.at:
            if text and not text.startswith((identities.MARK, identities.PAYLOAD)):
                self.unknown[column] = text
            return
        self.at[key] = column

    def _note_missing(self) -> None:
        form = self.form
        for column in self.table.form_columns:
            if column.key not in self.at and column.key not in self.conflicts:
                form.note("S101", column=column.key, what=column.header)
        row = form.found.heading_row or 0
        for number, text in self.unknown.items():
            form.note("S105", cell=cell_ref(row, number), what=text[:60])

    def cell(self, cells: Mapping[int, Cell], key: str) -> Cell | None:
        column = self.at.get(key)
        return None if column is None else cells.get(column)


@dataclass(slots=True)
class _Claim:
    """A row of the sheet with the goal (or spare row) that it was recognised as."""

    row: int
    cells: Mapping[int, Cell]
    goal: str
    answers: dict[str, Answer]


class _Rows:
    """The rows of the table: each recognised by its visible id, hidden mark and words, or listed as unknown."""

    def __init__(self, form: _Form, columns: _Columns, department: str) -> None:
        self.form = form
        self.context = form.context
        self.columns = columns
        self.table = form.table
        self.department = department
        self.goals: dict[str, Goal] = {goal.key: goal for goal in self.context.plan.goals_of(department)}
        self.spare = {id_key(name): name for name in self.context.spare_ids()}
        self.marks = {match_key(goal.id): key for key, goal in self.goals.items()}
        self.marks |= {match_key(name): key for key, name in self.spare.items()}
        names = Counter(self._words(goal.cells.get("name")) for goal in self.goals.values())
        self.by_name = {
            name: key for key, goal in self.goals.items() if names[name := self._words(goal.cells.get("name"))] == 1
        }
        self.claims: dict[str, list[_Claim]] = {}
        self.disputed: set[str] = set()
        self.displaced: list[int] = []
        self.strangers: list[tuple[str, str, list[str]]] = []

    @staticmethod
    def _words(value: Scalar | None) -> str:
        return match_key(plain(value)).lstrip("★*")

    def entries(self) -> list[Entry]:
        form = self.form
        for row, cells in form.sheet.in_order():
            if row >= form.found.first_row and not _is_signature(cells, self.context):
                self._recognise(row, cells)
        if self.displaced:
            shown = "、".join(str(row + 1) for row in self.displaced[:8]) + ("…" if len(self.displaced) > 8 else "")
            form.note(
                "I106",
                lost=form.say(
                    f"第 {shown} 行的隐藏行标识不在原位（多半是排过序；已按可见编号认行，请确认答案没有错行）",
                    f"the hidden marks of rows {shown} are out of place (the rows were probably sorted; the visible "
                    "numbers were followed: check that the answers still stand beside their goals)",
                ),
            )
        return [self._entry(key) for key in self._order() if key in self.claims]

    def _order(self) -> Iterator[str]:
        yield from self.goals
        yield from self.spare

    # The witnesses of a row: visible id, hidden mark, the goal's own words.

    def _recognise(self, row: int, cells: Mapping[int, Cell]) -> None:
        columns = self.columns
        visible = self._text(columns.cell(cells, "id"))
        answers = self._answers(cells, self.table.entry)
        words = [self._text(columns.cell(cells, column.key)) for column in self.table.given if column.key != "id"]
        if not visible and not any(words) and not answers:
            return
        by_id = self._by_id(visible)
        by_mark = self._by_mark(cells)
        by_name = self.by_name.get(self._words(self._text(columns.cell(cells, "name")) or None))
        if by_id in self.spare:
            spare = by_id
            if any(words) or answers:
                self._claim(spare, row, cells, answers | self._answers(cells, self.table.given))
            return
        goal = self._settle(visible, by_id, by_mark, by_name, cells, anything=any(words))
        where = columns.at.get("id", 0)
        if goal is None:
            text = visible or next(filter(None, words), "") or next(iter(answers.values())).raw
            witnesses = {key for key in (by_id, by_mark, by_name) if key}
            stranger = bool(visible) and not by_id and not by_name
            if witnesses and not stranger:
                self.disputed |= witnesses
                self.form.note("S106", cell=cell_ref(row, where), what=_clip(text))
            else:
                self.strangers.append((visible, "", [visible, *words]))
                self.form.note("S104", cell=cell_ref(row, where), what=_clip(text))
            return
        if by_mark and by_mark != goal:
            self.displaced.append(row)
        self._claim(goal, row, cells, answers)

    def _settle(
        self,
        visible: str,
        by_id: str | None,
        by_mark: str | None,
        by_name: str | None,
        cells: Mapping[int, Cell],
        anything: bool,
    ) -> str | None:
        """The goal that the witnesses agree on, or None."""
        if by_id:
            return by_id if not by_name or by_name == by_id or self._agrees(by_id, cells) else None
        if by_mark and (self._agrees(by_mark, cells) or not (visible or anything)):
            return by_mark if not by_name or by_name == by_mark else None
        return by_name if by_name and not by_mark else None

    def _agrees(self, key: str, cells: Mapping[int, Cell]) -> bool:
        """Whether a row carries the goal's own name or requirement."""
        goal = self.goals.get(key)
        if goal is None:
            return False
        for name in ("name", "requirement"):
            own = self._words(goal.cells.get(name))
            if own and own == self._words(self._text(self.columns.cell(cells, name))):
                return True
        return False

    def _by_id(self, visible: str) -> str | None:
        key = id_key(visible)
        return key if key in self.goals or key in self.spare else None

    def _by_mark(self, cells: Mapping[int, Cell]) -> str | None:
        taken = set(self.columns.at.values())
        for column, cell in cells.items():
            if column not in taken and isinstance(cell.value, str) and cell.value.startswith(identities.MARK):
                found = self.marks.get(match_key(cell.value[1:]))
                if found:
                    return found
        return None

    @staticmethod
    def _text(cell: Cell | None) -> str:
        return "" if cell is None else show(cell)

    def _answers(self, cells: Mapping[int, Cell], wanted: Sequence[Column]) -> dict[str, Answer]:
        found = {}
        for column in wanted:
            if column.key != "id":
                answer = read_answer(column, self.columns.cell(cells, column.key), self.context.period)
                if answer is not None:
                    found[column.key] = answer
        return found

    def _claim(self, goal: str, row: int, cells: Mapping[int, Cell], answers: dict[str, Answer]) -> None:
        self.claims.setdefault(goal, []).append(_Claim(row, cells, goal, answers))

    def _best(self, key: str) -> _Claim:
        """Of several rows for one goal the first that answers anything."""
        claims = self.claims[key]
        return next((claim for claim in claims if claim.answers), claims[0])

    def _entry(self, key: str) -> Entry:
        claim = self._best(key)
        name = self.goals[key].id if key in self.goals else self.spare[key]
        spare = key in self.spare
        shown = self.table.form_columns if spare else self.table.entry
        places = {
            column.key: cell_ref(claim.row, self.columns.at[column.key])
            for column in shown
            if column.key in self.columns.at
        }
        return Entry(self.table.key, name, claim.row + 1, claim.answers, places)

    # What differs from the plan.

    def note_rows(self) -> None:
        """Rows missing or doubled."""
        form = self.form
        where = self.columns.at.get("id", 0)
        for key, goal in self.goals.items():
            claims = self.claims.get(key, [])
            if not claims and key not in self.disputed and "id" not in self.columns.conflicts:
                form.note("S102", goal.id, what=goal.name)
            if len(claims) > 1:
                rows = "、".join(str(claim.row + 1) for claim in claims)
                form.note("S103", goal.id, cell=cell_ref(claims[1].row, where), rows=rows)

    def note_given(self) -> None:
        """Given cells that are not as the plan has them."""
        for key, goal in self.goals.items():
            if key in self.claims:
                self._note_given(goal, self._best(key))

    def _note_given(self, goal: Goal, claim: _Claim) -> None:
        for column in self.table.given:
            if column.key not in self.columns.at:
                continue
            place = self.columns.at[column.key]
            ours, cell = given(column, goal), claim.cells.get(place)
            theirs = None if cell is None else cell.value
            if not same_given(ours, theirs, cell):
                self.form.note(
                    "S107",
                    goal.id,
                    column.key,
                    cell_ref(claim.row, place),
                    **dict(zip(("ours", "theirs"), _differing(plain(ours), self._text(cell)), strict=True)),
                )

    def revision(self) -> str:
        """The revision that the given cells of this very file add up to."""
        rows: list[tuple[str, str, Sequence[Scalar | None]]] = list(self.strangers)
        for key, claims in self.claims.items():
            if key in self.goals:
                goal, cells = self.goals[key], claims[0].cells
                values = [self._text(self.columns.cell(cells, column.key)) for column in self.table.given]
                rows.append((goal.id, self.context.role(goal, self.department), values))
        return identities.revision(self.context.template, rows)


def _is_signature(cells: Mapping[int, Cell], context: Context) -> bool:
    """Whether a row is the form's signature block, and no goal."""
    labels = context.template.signature
    texts = [cell.value.strip() for cell in cells.values() if isinstance(cell.value, str)]
    return any(text == identities.SIGNATURE_MARK or (labels and text.startswith(labels)) for text in texts)


def same_given(ours: Scalar | None, theirs: Scalar | None, cell: Cell | None = None) -> bool:
    """Whether a given cell still says what the plan says; white space and full-width signs do not count."""
    if cell is not None and cell.kind is CellKind.ERROR:
        return False
    return _given_key(ours) == _given_key(theirs)


def _given_key(value: Scalar | None) -> str:
    return "".join(unicodedata.normalize("NFKC", plain(value)).split())


def _differing(ours: str, theirs: str, limit: int = 60) -> tuple[str, str]:
    """Two long texts cut to where they begin to differ."""
    ours, theirs = (" ".join(text.split()) for text in (ours, theirs))
    same = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
    start = max(0, same - limit // 3) if max(len(ours), len(theirs)) > limit else 0
    lead = "…" if start else ""
    return _clip(lead + ours[start:], limit), _clip(lead + theirs[start:], limit)


def _clip(text: str, limit: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
