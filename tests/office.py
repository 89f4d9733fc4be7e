"""Drive a real LibreOffice from tests whose Python has no uno; it shows what LibreOffice does, never what Excel does.

The same file is both sides. Imported, it offers `Office` and `Book`; run by a Python that has uno, it is the far side,
which keeps one soffice alive, reads a list of steps as one line of JSON and answers with one line.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Step = tuple[object, ...]  # its name, then its values

PATIENCE = 120  # seconds for one line of steps, or for soffice to start
SETTINGS: dict[str, dict[str, object]] = {
    "/org.openoffice.Setup/L10N": {"ooSetupSystemLocale": "zh-CN"},
    # A lock file left by a crash makes every later load answer nothing at all.
    "/org.openoffice.Office.Common/Misc": {"UseLocking": False},
}
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".xls": "MS Excel 97", ".ods": "calc8", ".pdf": "calc_pdf_Export"}


class OfficeError(Exception):
    """The office refused a step, or is gone."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the office has it: kind is EMPTY, VALUE, TEXT or FORMULA, error is its number or 0."""

    text: str
    value: float
    kind: str
    formula: str
    error: int


def find_soffice() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


@functools.cache
def find_python() -> str | None:
    """A Python that can import uno: the one named in KPI_OFFICE_PYTHON, the system's or LibreOffice's own."""
    beside = Path(find_soffice() or "/").resolve().parent / "python"
    for candidate in (os.environ.get("KPI_OFFICE_PYTHON"), "/usr/bin/python3", str(beside), sys.executable):
        if candidate and shutil.which(candidate):
            tried = subprocess.run([candidate, "-c", "import uno"], capture_output=True, env=clean_environment())
            if tried.returncode == 0:
                return candidate
    return None


def find_missing() -> str | None:
    """What is wanted for driving the office and is not there, in words, or None."""
    if not hasattr(os, "killpg"):
        return "the office is driven on Linux and macOS only"
    if not find_soffice():
        return "no LibreOffice: install libreoffice-calc-nogui (soffice is not on PATH)"
    if not find_python():
        return "no Python that can import uno: install python3-uno, or name one in KPI_OFFICE_PYTHON"
    return None if shutil.which("pdftoppm") else "no pdftoppm: install poppler-utils"


def clean_environment() -> dict[str, str]:
    """The environment without what would lead another Python into our virtualenv."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}


def lend_office() -> Iterator[Office]:
    """The body of the session fixture `office`."""
    from ooxml import demand  # not above: the far side has no pytest

    missing = find_missing()
    demand(missing is None, missing or "")
    with contextlib.closing(Office()) as office:
        yield office


class Office:
    """One LibreOffice for a whole session; started by the first step, and again by the first after a crash."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._profile: tempfile.TemporaryDirectory[str] | None = None

    @contextlib.contextmanager
    def open(self, path: Path) -> Iterator[Book]:
        """Lend a workbook, opened unseen and closed unsaved."""
        (book,) = self.play([("open", path.resolve())])
        try:
            yield Book(self, book)
        finally:
            if self._process:
                self.play([("close", book)])

    def play(self, steps: Sequence[Step]) -> list[Any]:
        """Play steps in order and return an answer for each; the first one refused raises and ends it."""
        try:
            answer = self._ask(self._process or self._start(), json.dumps(steps, default=str))
        except OSError as error:
            answer = {"error": f"no answer to {steps}: {error}", "gone": True}
        if answer.get("gone"):
            log = self._read_log()
            self.close()
            raise OfficeError(f"the office is gone: {answer['error']}\n{log}")
        if "error" in answer:
            raise OfficeError(answer["error"])
        return list(answer["answers"])

    def close(self) -> None:
        """Let the far side end the office and itself, and end the whole group where it does not."""
        if process := self._process:
            self._process = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=30)
            if process.returncode != 0:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if self._profile:
            self._profile.cleanup()

    def _start(self) -> subprocess.Popen[str]:
        if missing := find_missing():
            raise OfficeError(missing)
        self._profile = tempfile.TemporaryDirectory(prefix="kpi-office-", ignore_cleanup_errors=True)
        with Path(self._profile.name, "log").open("w") as log:
            self._process = subprocess.Popen(
                [str(find_python()), __file__, str(find_soffice()), self._profile.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**clean_environment(), "TMPDIR": self._profile.name},
                start_new_session=True,  # so that whatever hangs can be ended as a group
            )
        return self._process

    def _ask(self, process: subprocess.Popen[str], line: str) -> Any:
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        print(line, file=process.stdin, flush=True)
        if not select.select([process.stdout], [], [], 2 * PATIENCE)[0]:
            raise TimeoutError(f"{2 * PATIENCE} s are over")
        if not (reply := process.stdout.readline()):
            raise ConnectionResetError("it ended without an answer")
        return json.loads(reply)

    def _read_log(self) -> str:
        return Path(self._profile.name, "log").read_text(errors="replace")[-2000:] if self._profile else ""


class Book:
    """An open workbook; the steps are the `do_` methods of Desk, which say what else each wants and answers."""

    def __init__(self, office: Office, book: str) -> None:
        self._office = office
        self._book = book

    @contextlib.contextmanager
    def copy_alone(self, sheet: str) -> Iterator[Book]:
        """Lend a new workbook that holds a copy of one sheet and nothing else."""
        made = Book(self._office, self.do("copy_alone", sheet))
        try:
            yield made
        finally:
            made.do("close")

    def do(self, step: str, *values: object) -> Any:
        """Play one step: `book.do("type", "填报", "C5", "80%")`."""
        return self.play([(step, *values)])[0]

    def play(self, steps: Sequence[Step]) -> list[Any]:
        """Play many steps in one go and return an answer for each."""
        return self._office.play([(step, self._book, *values) for step, *values in steps])

    def get(self, sheet: str, cell: str) -> Cell:
        return Cell(**self.do("get", sheet, cell))


def to_pictures(path: Path, folder: Path, dpi: int = 70) -> list[Path]:
    """Print a workbook with a LibreOffice of its own and draw each page; the PDF stays beside the pictures."""
    if missing := find_missing():
        raise OfficeError(missing)
    pdf = folder / f"{path.stem}.pdf"
    folder.mkdir(parents=True, exist_ok=True)
    page = re.compile(re.escape(path.stem) + r"-\d+\.png")
    for old in (item for item in folder.iterdir() if item == pdf or page.fullmatch(item.name)):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="kpi-office-", ignore_cleanup_errors=True) as profile:
        home = f"-env:UserInstallation={Path(profile).as_uri()}"
        convert = [str(find_soffice()), home, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)]
        done = subprocess.run(convert, capture_output=True, timeout=PATIENCE)
    if not pdf.is_file():  # soffice exits with 0 either way
        raise OfficeError(f"no PDF of {path}: {done.stderr.decode(errors='replace').strip()}")
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", pdf, folder / path.stem], check=True, timeout=PATIENCE)
    return sorted(item for item in folder.iterdir() if page.fullmatch(item.name))


class Desk:
    """The far side, standard library and uno only: a running soffice and its workbooks; step `x` is method `do_x`."""

    def __init__(self, soffice: str, profile: str) -> None:
        self.uno: Any = importlib.import_module("uno")
        self.books: dict[str, Any] = {}
        pipe = f"kpi{os.getpid()}"
        command = [soffice, "--headless", "--norestore", "--nologo", "--nodefault", f"--accept=pipe,name={pipe};urp;"]
        home = f"-env:UserInstallation={Path(profile, 'user').as_uri()}"
        self.process = subprocess.Popen([*command, home], stdin=subprocess.DEVNULL, stdout=sys.stderr)
        self.context = self.connect(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        self.desktop = self.create("com.sun.star.frame.Desktop")
        provider = self.create("com.sun.star.configuration.ConfigurationProvider")
        for node, values in SETTINGS.items():
            update = "com.sun.star.configuration.ConfigurationUpdateAccess"
            access = provider.createInstanceWithArguments(update, self.name_values(nodepath=node))
            for key, value in values.items():
                access.setPropertyValue(key, value)
            access.commitChanges()

    def connect(self, address: str) -> Any:
        local = self.uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return resolver.resolve(address)
            except Exception as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise OfficeError(f"soffice does not answer (exit code {self.process.poll()})") from error
                time.sleep(0.1)

    def create(self, service: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(service, self.context)

    def name_values(self, **values: object) -> tuple[Any, ...]:
        made = []
        for name, value in values.items():
            pair = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
            pair.Name, pair.Value = name, value
            made.append(pair)
        return tuple(made)

    def play(self, steps: Sequence[Sequence[Any]]) -> dict[str, object]:
        answers = []
        for name, *values in steps:
            try:
                answers.append(getattr(self, f"do_{name}")(*values))
            except Exception as error:
                words = f"the office refused {name} {values}: {self.explain(error, *values)}"
                return {"error": words, "gone": self.is_gone()}
        return {"answers": answers}

    def explain(self, error: Exception, *values: Any) -> str:
        """An error of uno's as words: mostly it knows only a place in the office's source."""
        words = re.sub(r"\s*\bat \./\S+", "", str(error)).strip() or type(error).__name__
        with contextlib.suppress(Exception):
            words += ", and the sheet is protected" if self.do_is_protected(*values[:2]) else ""
        return words

    def is_gone(self) -> bool:
        with contextlib.suppress(Exception):
            return self.desktop.Name is None
        return True

    def close(self) -> None:
        with contextlib.suppress(Exception):  # the bridge may end before the call does
            self.desktop.terminate()
        self.process.wait(20)

    def find_book(self, book: str) -> Any:
        if book not in self.books:
            raise LookupError(f"no open workbook {book}")
        return self.books[book]

    def find_sheet(self, book: str, sheet: str) -> Any:
        sheets = self.find_book(book).Sheets
        if not sheets.hasByName(sheet):
            raise LookupError(f"no sheet {sheet}, there are {', '.join(sheets.getElementNames())}")
        return sheets.getByName(sheet)

    def find_cell(self, book: str, sheet: str, cell: str) -> Any:
        found = self.find_sheet(book, sheet).getCellRangeByName(cell)
        if not found.supportsService("com.sun.star.sheet.SheetCell"):
            raise ValueError(f"{cell} is not one cell")
        return found

    def do_open(self, path: str) -> str:
        # A visible frame aborts the headless build without a display.
        url = self.uno.systemPathToFileUrl(path)
        loaded = self.desktop.loadComponentFromURL(url, "_blank", 0, self.name_values(Hidden=True))
        if loaded is None:
            raise ValueError("it cannot be loaded: not a workbook, damaged, or locked with a password")
        self.books[loaded.RuntimeUID] = loaded
        return str(loaded.RuntimeUID)

    def do_close(self, book: str) -> None:
        self.find_book(book).close(True)
        del self.books[book]

    def do_type(self, book: str, sheet: str, cell: str, text: str) -> str:
        """Enter text as if typed; a locked cell stays as it is, silently. Answers what the cell then shows."""
        found = self.find_cell(book, sheet, cell)
        found.FormulaLocal = text
        return str(found.String)

    def do_type_many(self, book: str, sheet: str, texts: dict[str, str]) -> list[str]:
        return [self.do_type(book, sheet, cell, text) for cell, text in texts.items()]

    def do_offered(self, book: str, sheet: str, cell: str) -> list[str]:
        """What the cell's drop-down list shows; none if it has no list."""
        rule = self.find_cell(book, sheet, cell).Validation
        if rule.Type.value != "LIST":
            return []
        source = rule.getFormula1()
        names = self.find_book(book).NamedRanges
        if not names.hasByName(source):
            return [text.strip().strip('"') for text in source.split(";")]
        area = names.getByName(source).getReferredCells()
        return [str(area.getCellByPosition(0, row).String) for row in range(area.Rows.Count)]

    def do_choose(self, book: str, sheet: str, cell: str, text: str) -> str:
        """Choose from the cell's list; what is not on it is refused."""
        offered = self.do_offered(book, sheet, cell)
        if text not in offered:
            raise ValueError(f"{text} is not offered, only {offered[:20]}")
        return self.do_type(book, sheet, cell, text)

    def do_get(self, book: str, sheet: str, cell: str) -> dict[str, object]:
        found = self.find_cell(book, sheet, cell)
        answer = {"text": found.String, "value": found.Value, "kind": found.Type.value, "error": found.getError()}
        return {**answer, "formula": found.Formula if answer["kind"] == "FORMULA" else ""}

    def do_read(self, book: str, sheet: str, area: str) -> list[list[str]]:
        """The texts a range shows, row by row."""
        found = self.find_sheet(book, sheet).getCellRangeByName(area)
        columns, rows = range(found.Columns.Count), range(found.Rows.Count)
        return [[found.getCellByPosition(column, row).String for column in columns] for row in rows]

    def do_list_sheets(self, book: str) -> list[str]:
        return list(self.find_book(book).Sheets.getElementNames())

    def do_is_protected(self, book: str, sheet: str) -> bool:
        return bool(self.find_sheet(book, sheet).isProtected())

    def do_protect(self, book: str, sheet: str, password: str = "") -> None:
        self.find_sheet(book, sheet).protect(password)

    def do_unprotect(self, book: str, sheet: str, password: str = "") -> None:
        self.find_sheet(book, sheet).unprotect(password)

    def do_insert_rows(self, book: str, sheet: str, row: int, count: int = 1) -> None:
        """Insert rows above a row, counted from 1."""
        self.find_sheet(book, sheet).Rows.insertByIndex(row - 1, count)

    def do_delete_rows(self, book: str, sheet: str, row: int, count: int = 1) -> None:
        self.find_sheet(book, sheet).Rows.removeByIndex(row - 1, count)

    def do_hide_rows(self, book: str, sheet: str, row: int, count: int = 1) -> None:
        found = self.find_sheet(book, sheet).Rows
        for place in range(row - 1, row - 1 + count):
            found.getByIndex(place).IsVisible = False

    def do_remark(self, book: str, sheet: str, cell: str, text: str) -> None:
        """Put a comment on a cell."""
        address = self.find_cell(book, sheet, cell).CellAddress
        self.find_sheet(book, sheet).Annotations.insertNew(address, text)

    def do_insert_columns(self, book: str, sheet: str, column: str, count: int = 1) -> None:
        """Insert columns in front of one, given by letter."""
        found = self.find_sheet(book, sheet)
        found.Columns.insertByIndex(found.getCellRangeByName(f"{column}1").CellAddress.Column, count)

    def do_hide_columns(self, book: str, sheet: str, column: str) -> None:
        self.find_sheet(book, sheet).getCellRangeByName(f"{column}1").Columns.IsVisible = False

    def do_unmerge(self, book: str, sheet: str) -> None:
        self.find_sheet(book, sheet).merge(False)

    def do_move_columns(self, book: str, sheet: str, first: str, last: str, before: str) -> None:
        """Move whole columns in front of another one, all given by letter."""
        found = self.find_sheet(book, sheet)
        start, end, target = (found.getCellRangeByName(f"{c}1").CellAddress.Column for c in (first, last, before))
        count = end - start + 1
        found.Columns.insertByIndex(target, count)
        start += count if start >= target else 0
        moved = found.getCellRangeByPosition(start, 0, start + count - 1, found.Rows.Count - 1)
        found.moveRange(found.getCellByPosition(target, 0).CellAddress, moved.RangeAddress)
        found.Columns.removeByIndex(start, count)

    def do_sort(self, book: str, sheet: str, area: str, column: int, rising: bool = True, header: bool = False) -> None:
        """Sort a range by one of its columns, counted from 0 within the range."""
        found = self.find_sheet(book, sheet).getCellRangeByName(area)
        if not 0 <= column < found.Columns.Count:
            raise ValueError(f"{area} has no column {column}")
        if found.Spreadsheet.isProtected() and any(part.CellProtection.IsLocked for part in found.CellFormatRanges):
            raise ValueError("the range has locked cells, and the office would silently sort nothing")
        key = self.uno.createUnoStruct("com.sun.star.table.TableSortField")
        key.Field, key.IsAscending = column, rising
        keys = self.uno.Any("[]com.sun.star.table.TableSortField", (key,))
        found.sort(self.name_values(SortFields=keys, ContainsHeader=header))

    def do_rename_sheet(self, book: str, sheet: str, name: str) -> None:
        found = self.find_sheet(book, sheet)
        found.Name = name
        if found.Name != name:
            raise ValueError("the name is taken or not allowed")

    def do_move_sheet(self, book: str, sheet: str, place: int) -> None:
        """Move a sheet in front of the one at a place, counted from 0."""
        self.find_sheet(book, sheet)
        self.find_book(book).Sheets.moveByName(sheet, place)

    def do_delete_sheet(self, book: str, sheet: str) -> None:
        self.find_sheet(book, sheet)
        self.find_book(book).Sheets.removeByName(sheet)

    def do_copy_alone(self, book: str, sheet: str) -> str:
        """Copy a sheet to a new workbook with nothing else in it; answers that workbook's name, to be closed too."""
        self.find_sheet(book, sheet)
        made = self.create(
            "com.sun.star.sheet.SpreadsheetDocument"
        )  # without a view, whose timers may abort the office
        made.initNew()
        self.books[made.RuntimeUID] = made
        old = made.Sheets.getElementNames()
        made.Sheets.importSheet(self.find_book(book), sheet, 0)
        for name in old:
            made.Sheets.removeByName(name)
        return str(made.RuntimeUID)

    def do_recalculate(self, book: str) -> None:
        self.find_book(book).calculateAll()

    def do_save_as(self, book: str, path: str, password: str = "") -> None:
        """Save a copy, of the kind its suffix names; with a password it is locked."""
        wanted = FILTERS.get(Path(path).suffix)
        if not wanted:
            raise ValueError(f"save as {', '.join(FILTERS)}")
        lock = {"Password": password} if password else {}
        self.find_book(book).storeToURL(self.uno.systemPathToFileUrl(path), self.name_values(FilterName=wanted, **lock))


def serve(soffice: str, profile: str) -> None:
    """Answer lines of steps until there are no more."""
    try:
        desk = Desk(soffice, profile)
    except Exception as error:
        print(json.dumps({"error": f"the office did not start: {error}", "gone": True}), flush=True)
        raise
    with contextlib.closing(desk):
        for line in sys.stdin:
            print(json.dumps(desk.play(json.loads(line))), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
