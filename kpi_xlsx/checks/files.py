"""Family F: can the file be read at all?"""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, check, noted
from kpi_xlsx.context import Context
from kpi_xlsx.model import Return, Severity


@check(
    "F101",
    Severity.ERROR,
    "This file cannot be read: {reason}.",
    hint="{remedy}",
)
def unreadable(ret: Return, _: Context) -> Iterator[Hit]:
    """The file is damaged or is no workbook at all.

    It is set aside: nothing is taken from it, and the other returns are not touched by it.

    Fix: ask the department to open the file, save it as .xlsx and send it again.

    Bad:
        - the file is cut off half-way
    Good:
        - the form, filled in
    """
    yield from noted(ret, "F101")


@check(
    "F102",
    Severity.ERROR,
    "This is not a workbook that can be read: it is {reason}.",
    hint="{remedy}",
)
def wrong_format(ret: Return, _: Context) -> Iterator[Hit]:
    """The content of the file is of another kind, whatever its name says.

    The content decides: a .csv that was renamed to .xlsx stays a .csv. Read are .xlsx, .xlsm, .xls, .et, .ods and
    zip archives of them. PDFs, pictures and letters beside a return are kept as attachments and are no fault.

    Fix: open the file and save it as an Excel workbook (*.xlsx); unpack archives other than zip.

    Bad:
        - the file is a text file named .xlsx
    Good:
        - the form, filled in
    """
    yield from noted(ret, "F102")


@check(
    "F103",
    Severity.ERROR,
    "This file is locked: {reason}.",
    hint="{remedy}",
)
def password(ret: Return, _: Context) -> Iterator[Hit]:
    """The workbook opens only with a password, so nothing in it can be read.

    Sheet protection is something else and does no harm: the forms carry it themselves. Excel's own password for
    read-only workbooks is tried, and those in the file that `--password-file` names (one a line).

    Fix: remove the password for opening and send the file again, or name it with --password-file.

    Bad:
        - the workbook opens only with a password
    Good:
        - the form, filled in
    """
    yield from noted(ret, "F103")


@check(
    "F104",
    Severity.ERROR,
    "This file is beyond what is safe to read: {reason}.",
    hint="{remedy}",
)
def over_limit(ret: Return, _: Context) -> Iterator[Hit]:
    """The file is larger, or holds more, than any filled form does; it is not unpacked.

    Limits protect the run from damaged and from hostile files. Only the parts that are read count: pictures do not.
    Where a genuine file is too large, `[limits]` in cycle.toml raises the limit; its keys are file_mb, old_file_mb,
    unpacked_mb, part_mb, ratio, members, bundle_mb, bundle_depth, sheets, cells and characters.

    Fix: copy the answers into a fresh form and send that.

    Bad:
        - a cell stands outside the grid
    Good:
        - the form, filled in
    """
    yield from noted(ret, "F104")


@check(
    "F105",
    Severity.INFO,
    "The workbook carries macros. They were not run.",
    hint="Nothing needs to be done; if you did not expect macros, ask the department where they come from.",
)
def macros(ret: Return, _: Context) -> Iterator[Hit]:
    """The workbook holds macros. They are never run, and the answers are read as usual.

    Bad:
        - the workbook carries macros
    Good:
        - the form, filled in
    """
    yield from noted(ret, "F105")


@check(
    "F106",
    Severity.ERROR,
    "This file within an archive was not taken: {reason}.",
    hint="{remedy}",
)
def unsafe_member(ret: Return, _: Context) -> Iterator[Hit]:
    """An archive holds a file whose name climbs out of the archive, a link, or several files of one name.

    Such archives are made by faulty programs, or on purpose to overwrite something. The other files in the archive
    are read as usual.

    Fix: unpack the archive by hand, and put the files that belong here into the inbox.

    Bad:
        - a zip holds a file named ../A.xlsx
    Good:
        - the form came in a zip
    """
    yield from noted(ret, "F106")


CHECKS = (unreadable, wrong_format, password, over_limit, macros, unsafe_member)
