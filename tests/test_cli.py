"""The command line as people and scripts call it: words, exit codes, JSON alone on stdout, no traceback."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import run
from openpyxl import load_workbook

from kpi_xlsx.cli import cli
from kpi_xlsx.demo import run_demo
from kpi_xlsx.model import Language
from kpi_xlsx.periods import parse_period
from kpi_xlsx.plan import load_plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("cli") / "报送 期"
    run_demo(folder, Language.ZH)
    return folder


def start(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a Python of its own, started in these surroundings."""
    command = [sys.executable, "-m", "kpi_xlsx", *map(str, words)]
    environment = {**os.environ, "KPI_XLSX_LANG": "en", **environment}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


def assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2, nothing on stdout, whole sentences and no Python on stderr."""
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


COMMANDS = (
    "demo",
    "init",
    "generate",
    "validate",
    "merge",
    "status",
    "feedback",
    "register",
    "trace",
    "explain",
    "import-plan",
    "import-template",
)


def test_help_names_every_command_in_the_order_of_a_round() -> None:
    shown = run("--help").stdout
    places = [shown.index(f"  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert "每个单位" in run("--help", language=Language.ZH).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_both_languages(command: str) -> None:
    english, chinese = run(command, "--help").stdout, run(command, "--help", language=Language.ZH).stdout
    assert english.isascii()
    assert not chinese.isascii()


def test_validate_groups_by_department_and_is_plain_when_piped(folder: Path) -> None:
    done = run("validate", "-C", folder)
    assert done.returncode == 1
    assert "\x1b[" not in done.stdout
    assert "017 市金融办　必须修改 2" in done.stdout
    assert done.stdout.index("填报问题") < done.stdout.index("工作情况")
    assert "I106" not in done.stdout
    assert "I106" in run("validate", "-C", folder, "--verbose").stdout


def test_json_is_alone_on_stdout_and_utf8_whatever_the_console(folder: Path) -> None:
    done = start("validate", "-C", folder, "--format", "json", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    data = json.loads(done.stdout)
    assert done.returncode == 1
    assert data["findings"][0]["code"] == "R101"
    assert "进展情况" in data["findings"][0]["message"]
    merged = run("merge", "-C", folder, "--format", "json")
    assert json.loads(merged.stdout)["findings"] == data["findings"]
    assert "master.xlsx" in merged.stderr


def test_validate_takes_paths_relative_to_where_one_stands(folder: Path) -> None:
    (path,) = (folder / "inbox").glob("017-*")
    done = run("validate", "-C", "..", path.name, "--format", "json", cwd=folder / "inbox")
    data = json.loads(done.stdout)
    assert [one["file"] for one in data["returns"]] == [f"inbox/{path.name}"]
    assert {one["code"] for one in data["findings"]} == {"R101", "T107"}
    assert_refused(run("validate", "-C", folder, "nowhere.xlsx"), "nowhere.xlsx")


def test_a_code_that_no_rule_has_is_no_clean_bill(folder: Path) -> None:
    """A slip of the finger would answer that nothing is wrong."""
    done = run("validate", "-C", folder, "--select", "R101,Q9", "--format", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Q9" in done.stderr
    assert run("validate", "-C", folder, "--ignore", "Q9").returncode == 1


def test_select_ignore_and_the_exit_code(folder: Path) -> None:
    assert run("validate", "-C", folder, "--select", "r101,V").returncode == 1
    assert run("validate", "-C", folder, "--select", "D103").returncode == 0
    assert run("validate", "-C", folder, "--ignore", "R,V,D101,X").returncode == 0


def test_findings_as_a_workbook(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "审核 意见.xlsx"
    run("validate", "-C", folder, "--out", out)
    rows = list(load_workbook(out).active.values)  # type: ignore[union-attr]
    assert rows[1][:4] == ("责任单位", "轻重", "性质", "状态")
    assert [row[13] for row in rows[2:] if row[13] != "T107"][:2] == ["R101", "R101"]


def test_a_folder_that_is_no_cycle(tmp_path: Path) -> None:
    for command in ("generate", "validate", "merge"):
        assert_refused(run(command, "-C", tmp_path), "cycle.toml")


def test_an_output_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_refused(run("validate", "-C", folder, "--out", tmp_path / "file" / "x.xlsx"), "file")
    assert_refused(run("merge", "-C", folder, "--out", tmp_path / "file" / "x.xlsx"), "file")


def test_the_demo_wants_a_new_or_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert_refused(run("demo", tmp_path), "not empty")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_init_makes_a_cycle_and_says_what_comes_next(tmp_path: Path) -> None:
    done = run("init", tmp_path / "2026 六月", language=Language.ZH)
    assert done.returncode == 0
    assert "plan.xlsx" in done.stdout
    assert_refused(run("generate", "-C", tmp_path / "2026 六月"), "plan.xlsx")
    assert_refused(run("init", tmp_path / "2026 六月"), "already holds")
    assert_refused(run("init", tmp_path / "x", "--example", "notice-zg"), "notice-zh")
    assert_refused(run("init", tmp_path / "x", "--template", "nothing"), "progress-en")
    assert not (tmp_path / "x").exists()


def test_every_seal_key_is_its_own(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        run("init", tmp_path / name, "--example", "notice-en")
        keys.add((tmp_path / name / "cycle.toml").read_text("utf-8").partition("seal_key = ")[2])
    assert len(keys) == 2


def test_blank_ids_are_filled_by_the_command_that_the_message_names(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "plan.xlsx"
    book = load_workbook(folder / "plan.xlsx")
    sheet = book.worksheets[0]
    for row in (2, 3, 14):
        sheet.cell(row, 1).value = None
    sheet.cell(4, 1).value = "017-01"
    book.save(source)
    (tmp_path / "cycle.toml").write_bytes((folder / "cycle.toml").read_bytes())
    done = run("generate", "-C", tmp_path)
    assert_refused(done, "A2, ", "A14", "import-plan plan.xlsx -o plan-new.xlsx")
    assert run("import-plan", "plan.xlsx", "-o", "plan-new.xlsx", cwd=tmp_path).returncode == 0
    period = parse_period("2018-01/2018-06")
    assert period is not None
    ids = [goal.id for goal in load_plan(tmp_path / "plan-new.xlsx", period, Language.ZH).goals]
    assert ids[:3] == ["017-02", "017-03", "017-01"]
    assert ids[12] == "101-01"
    assert_refused(run("import-plan", "plan.xlsx", "-o", "plan-new.xlsx", cwd=tmp_path), "exists")


def test_colours_can_be_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    commands = (["validate", "-C", str(folder)], ["explain", "R101"])
    for words in commands:
        assert "\x1b[" in CliRunner().invoke(cli, words, color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    for words in commands:
        assert "\x1b[" not in CliRunner().invoke(cli, words, color=True).output


def test_a_ledger_that_another_program_holds(folder: Path) -> None:
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        connection.execute("BEGIN EXCLUSIVE")
        done = run("merge", "-C", folder)
        connection.rollback()
    connection.close()
    assert_refused(done, "ledger.sqlite", "收件台账", "占用")


def test_mistakes_in_cycle_template_and_plan_are_all_said_at_once(folder: Path, tmp_path: Path) -> None:
    text = (folder / "cycle.toml").read_text("utf-8")
    text = text.replace("period =", "perod =").replace('"progress-zh"', '"own.toml"')
    (tmp_path / "cycle.toml").write_text(text, "utf-8")
    (tmp_path / "own.toml").write_text('name = "own"\nversion = 1\nlanguage = "zh"\ncolums = []\n', "utf-8")
    book = load_workbook(folder / "plan.xlsx")
    book.worksheets[0]["H2"] = 13
    book.worksheets[0]["B3"] = "没有的局"
    book.save(tmp_path / "plan.xlsx")
    done = run("validate", "-C", tmp_path)
    assert_refused(done, "perod", "period", "colums", "columns", "!H2", "!B3", "没有的局")
    assert len(done.stderr.splitlines()) == 6


def test_register_says_what_it_did(tmp_path: Path) -> None:
    run("init", tmp_path / "c", "--example", "notice-en")
    made = run("register", "-C", tmp_path / "c")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.splitlines() == ["Made register.xlsx.", f"Register: {(tmp_path / 'c').as_posix()}/register.xlsx"]
    assert "not changed" in run("register", "-C", tmp_path / "c").stdout
    book = load_workbook(tmp_path / "c" / "register.xlsx")
    del book["Waivers"]
    book.save(tmp_path / "c" / "register.xlsx")
    added = run("register", "-C", tmp_path / "c").stdout
    assert "Sheets added to the register: Waivers." in added
    assert "history/register-" in added
    (tmp_path / "c" / "~$register.xlsx").write_text("x")
    assert_refused(run("register", "-C", tmp_path / "c"), "register.xlsx", "close it")
