"""What was typed wrongly is said in the system's language, and so are the headings of the help."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import commands
import pytest

from kpi_xlsx.model import Language

ROOT = Path(__file__).parent.parent


def run(language: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.run(*arguments, cwd=ROOT, language=Language(language), COLUMNS="80")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statsu"], "没有 statsu 这个命令，是不是 status？"),
        (["merge", "--strickt"], "没有 --strickt 这个选项，是不是 --strict？"),
        (["trace"], "还要写上 ID。"),
        (["merge", "--jobs", "900"], "--jobs 写得不对，要 1 到 64 的整数。"),
        (["status", "--format", "xml"], "--format 写得不对，只能是 text、json。"),
        (["import-plan", "没有.xlsx", "-o", "x.xlsx"], "SOURCE 写得不对：没有这个文件或文件夹，或者不能这样用。"),
        (["status", "a", "b"], "多写了“a b”。"),
    ],
)
def test_what_was_typed_wrongly(arguments: list[str], said: str) -> None:
    done = run("zh", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == said
    assert done.stderr.splitlines()[1].startswith("怎么用：kpi-xlsx")
    english = run("en", *arguments)
    assert (english.returncode, english.stdout) == (2, "")
    assert "Error: " in english.stderr


@pytest.mark.parametrize("command", [[], ["status"], ["trace"], ["merge"]])
def test_help_is_of_one_language(command: list[str]) -> None:
    shown = run("zh", *command, "--help").stdout
    assert re.search("^用法：kpi-xlsx", shown)
    assert not re.search("Usage|Options:|Commands:|Show ", shown)
    assert "Usage: kpi-xlsx" in run("en", *command, "--help").stdout


@pytest.mark.parametrize("command", ["next", "trace", "init", "validate", "explain", "import-plan", "import-template"])
def test_what_is_typed_without_a_dash_is_no_option(command: str) -> None:
    for language in ("zh", "en"):
        _, _, options = re.split("\n(选项|Options):\n", run(language, command, "--help").stdout)
        assert all(line.startswith(("  -", "    ")) for line in options.splitlines())
