"""The command line as people and scripts run it: each command a process of its own, begun where the imports are done.

Starting Python and importing the program takes longer than most commands do. So a process for each language has all
that imported and forks for each command; only what a command imports, how Python is started, and terminals are not
tried this way.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from kpi_xlsx import ledger, locks
from kpi_xlsx.model import Language

LIBRARIES = ("jinja2", "msoffcrypto", "openpyxl", "sqlite3", "tomlkit", "xlrd", "xlsxwriter")
"""What the program imports where it is needed, but for pandas."""


def run(
    *words: object,
    cwd: Path | None = None,
    language: Language = Language.EN,
    strict: bool = False,
    impatient: bool = False,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run `kpi-xlsx` with these words and environment variables, its streams piped.

    `strict` makes warnings errors. Who is `impatient` waits but a moment for others, where the program can fork.
    """
    command = [sys.executable, "-m", "kpi_xlsx", *map(str, words)]
    environment = {**os.environ, "PYTHONUTF8": "1", **variables, "KPI_XLSX_LANG": str(language)}
    if not hasattr(os, "fork"):
        options = ["-W", "error"] if strict else []
        return subprocess.run(
            [sys.executable, *options, *command[1:]],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
    process = _server(language)
    assert process.stdin is not None
    assert process.stdout is not None
    request = {
        "words": command[3:],
        "cwd": str(cwd or Path.cwd()),
        "environment": environment,
        "strict": strict,
        "impatient": impatient,
    }
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    return subprocess.CompletedProcess(command, **json.loads(process.stdout.readline()))


@functools.cache
def _server(language: Language) -> subprocess.Popen[str]:
    """The process that forks for each command; the program takes its language when it is imported."""
    here = Path(__file__)
    found = [str(here.parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, found)),
        "PYTHONUTF8": "1",
        "KPI_XLSX_LANG": str(language),
    }
    command = [sys.executable, str(here)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)
    return process


# --- in the process that forks ----------------------------------------------------------------------------------------


def serve() -> None:
    """A command for each line, until there are no more."""
    import kpi_xlsx

    for name in (*LIBRARIES, *(one.name for one in pkgutil.walk_packages(kpi_xlsx.__path__, "kpi_xlsx."))):
        if not name.endswith(".__main__"):
            importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(request: Mapping[str, Any]) -> dict[str, object]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            _become(request, out, errors)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return {"returncode": code, "stdout": _text(out), "stderr": _text(errors)}


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8").replace("\r\n", "\n")


def _become(request: Mapping[str, Any], out: IO[bytes], errors: IO[bytes]) -> None:
    """Be the command, and end with its exit code."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        if request["strict"]:
            warnings.simplefilter("error")
        if request["impatient"]:
            ledger.WAIT = locks.WAIT = 0.2
        sys.argv = ["kpi-xlsx", *request["words"]]
        from kpi_xlsx.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
