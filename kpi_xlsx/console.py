"""What the commands share: their language, common options, progress bars, and how they fail."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kpi_xlsx.model import Language, PlanError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from kpi_xlsx.cycle import Cycle


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


_REASONS = {
    errno.ENOSPC: ("磁盘满了，腾出空间再运行", "the disk is full; make room and run this again"),
    errno.EACCES: (
        "没有写入的权限，或者正在别的程序里打开",
        "it may not be written, or another program has it open",
    ),
    errno.EBUSY: ("正被别的程序占用，请关闭再运行", "another program holds it; close it and run this again"),
    errno.EIO: ("磁盘或网络出错，也可能是磁盘满了", "the disk or the network failed, or the disk is full"),
}
_SAME = {"EDQUOT": errno.ENOSPC, "EFBIG": errno.ENOSPC, "EPERM": errno.EACCES, "EROFS": errno.EACCES}


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
