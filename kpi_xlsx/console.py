"""What the commands share: their language, common options, progress bars, and how they fail."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

from kpi_xlsx.lines import folded
from kpi_xlsx.model import Language, PlanError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from kpi_xlsx.cycle import Cycle
    from kpi_xlsx.report import Report


def system_language() -> Language:
    """The language of messages before a cycle has said its own: KPI_XLSX_LANG, else that of the system."""
    named = os.environ.get("KPI_XLSX_LANG") or ""
    if not named:
        named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if not named and sys.platform == "win32":
        import ctypes

        return Language.ZH if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x04 else Language.EN
    return Language.ZH if named.lower().startswith("zh") else Language.EN


SYSTEM = system_language()
say = SYSTEM.say
INTERRUPTED = say("已中断，没有写完的文件没有留下。", "Interrupted; nothing half-written was left behind.")

directory_option = click.option(
    "-C",
    "directory",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help=say("报送期文件夹，默认是当前文件夹。", "The cycle's folder; default: here."),
)
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help=say("输出文字（默认）或 JSON。", "Print text (default) or JSON."),
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help=say("提示也逐条列出。", "List what is only for information, too.")
)
departments_option = click.option(
    "--department",
    "departments",
    multiple=True,
    metavar="CODE",
    help=say("只要这个单位（代码或名称），可重复。", "Only this department (code or name); repeatable."),
)


password_file_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=say("打开加密报送件时逐个试用的密码，每行一个。", "Passwords to try on locked returns, one a line."),
)


@contextmanager
def progress(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal's stderr where there is much to do; nothing elsewhere."""
    if total < 50 or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


@contextmanager
def pool(jobs: int) -> Iterator[Executor | None]:
    if jobs == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as executor:
        yield executor


def line_width(stream: IO[str]) -> int | None:
    """How long a line may be: no limit in a file or a pipe."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def put_lines(lines: Iterable[str], *, err: bool = False, hang: int = 0) -> None:
    """Print lines; on a terminal long ones go on below, as far in as they began and `hang` more."""
    width = line_width(sys.stderr if err else sys.stdout)
    for line in lines:
        for part in folded(line, width, hang):
            click.echo(part, err=err)


def put_report(report: Report, *, infos: bool, indent: str = "") -> None:
    """Print what was found."""
    from kpi_xlsx.screen import show_report

    put_lines((indent + line if line else "" for line in show_report(report, infos=infos)), hang=2)


def finish(report: Report, format_: str, *, infos: bool, last: str = "") -> NoReturn:
    """Print a report and end the command. What it did and what to do about it comes last, where it is seen."""
    if format_ == "json":
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        put_report(report, infos=infos)
    put_lines((*report.remarks, *([last] if last else ())), err=True)
    raise SystemExit(report.exit_code)


_REASONS = {
    errno.ENOSPC: ("磁盘满了，腾出空间再运行", "the disk is full; make room and run this again"),
    errno.EACCES: (
        "没有写入的权限，或者正在别的程序里打开",
        "it may not be written, or another program has it open",
    ),
    errno.EBUSY: ("正被别的程序占用，请关闭再运行", "another program holds it; close it and run this again"),
    errno.ENOENT: (
        "找不到；在网络盘上的请先接通",
        "it cannot be found; if it is on a network drive, connect that first",
    ),
    errno.EISDIR: (
        "这是一个文件夹，应当是文件；请把它移走或改名",
        "a folder stands where a file belongs; move it away or rename it",
    ),
    errno.ENOTDIR: (
        "这是一个文件，应当是文件夹；请把它移走或改名",
        "a file stands where a folder belongs; move it away or rename it",
    ),
    errno.EIO: ("磁盘或网络出错，也可能是磁盘满了", "the disk or the network failed, or the disk is full"),
}
_SAME = {
    "EDQUOT": errno.ENOSPC,
    "EFBIG": errno.ENOSPC,
    "EEXIST": errno.ENOTDIR,
    "EPERM": errno.EACCES,
    "EROFS": errno.EACCES,
}


_UNFINISHED = re.compile(r"\.([^/\\]+)\.[0-9a-f]{8}\.tmp$")
"""The name that a file bears until it is whole; people know what it is going to be."""


def refusal(error: OSError) -> str:
    """What the system refused, on one line: the file, and why."""
    number = _SAME.get(errno.errorcode.get(error.errno or 0, ""), error.errno)
    zh, en = _REASONS.get(number or 0, (error.strerror or str(error),) * 2)
    place = _UNFINISHED.sub(r"\1", str(error.filename2 or error.filename or ""))
    if not place:
        return say(f"无法读写：{zh}。", f"Cannot read or write: {en}.")
    return say(f"{place}：无法读写：{zh}。", f"{place}: cannot be read or written: {en}.")


def fail(lines: Sequence[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    raise SystemExit(2)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Mistakes of people and of file systems are lines and exit code 2, never a traceback."""
    try:
        yield
    except PlanError as error:
        fail([str(mistake) for mistake in error.mistakes])
    except OSError as error:
        fail([refusal(error)])
    except KeyboardInterrupt:
        fail([INTERRUPTED])


def load_cycle(directory: Path, password_file: Path | None = None) -> Cycle:
    """The cycle of a command, with the passwords to try on locked returns."""
    from kpi_xlsx.cycle import Cycle

    if password_file is None:
        return Cycle.load(directory, SYSTEM)
    from kpi_xlsx.passwords import read_passwords

    return Cycle.load(directory, SYSTEM, read_passwords(password_file, SYSTEM))


def prepare_streams() -> None:
    """Piped text is UTF-8; a console that cannot show a sign gets a replacement, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            if stream.isatty():
                reconfigure(errors="replace")
            else:
                reconfigure(encoding="utf-8", errors="replace")
