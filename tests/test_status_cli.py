"""status and kpi-xlsx alone, as people and scripts call them: words, exit codes, and the menu on a real terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import commands
import pytest
import returns_kit as kit
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language
from kpi_xlsx.standing import Stage


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """B has reported well, A not; both are looked through by Li."""
    language = request.param
    offices = [{**one, "reviewer": "Li", "leader": "Wu"} for one in kit.departments(language)]
    made = kit.make_cycle(tmp_path / "报送 期", language, offices=offices)
    made.generate()
    return made


def environment(language: Language) -> dict[str, str]:
    return {**os.environ, "KPI_XLSX_LANG": str(language), "TERM": "dumb"}


def run(cwd: Path, *words: object, language: Language = Language.EN) -> subprocess.CompletedProcess[str]:
    return commands.run(*words, cwd=cwd, language=language)


# --- status -----------------------------------------------------------------------------------------------------------


def test_status_tells_the_stages_and_whom_to_chase(cycle: Cycle, tmp_path: Path) -> None:
    done = run(tmp_path, "status", "-C", cycle.settings.folder)
    language = cycle.context.language
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert Stage.MISSING.word(language) in next(line for line in lines if line.startswith("A "))
    assert Stage.RECEIVED.word(language) in next(line for line in lines if line.startswith("B "))
    assert "555-0101" in lines[-1]
    assert "\x1b" not in done.stdout


def test_json_is_alone_on_stdout(cycle: Cycle, tmp_path: Path) -> None:
    out = tmp_path / "chase.xlsx"
    done = run(cycle.settings.folder, "status", "--format", "json", "--reminders", "--out", out)
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert [one["state"] for one in data["departments"]] == ["missing", "clean"]
    assert out.name in done.stderr


def test_findings_that_are_open_do_not_make_it_fail(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    assert run(cycle.settings.folder, "status").returncode == 0


def test_reminders_are_printed_alone_and_ready_to_paste(cycle: Cycle) -> None:
    done = run(cycle.settings.folder, "status", "--reminders")
    name = cycle.context.plan.by_code["A"].name
    assert done.stdout.count(name) == 4
    assert Stage.RECEIVED.word(cycle.context.language) not in done.stdout


def test_whom_to_chase_as_a_workbook_elsewhere(cycle: Cycle, tmp_path: Path) -> None:
    out = tmp_path / "催报名单.xlsx"
    before = sorted(cycle.settings.folder.rglob("*"))
    assert run(tmp_path, "status", "-C", cycle.settings.folder, "--out", out.name).returncode == 0
    assert list(load_workbook(out).worksheets[0].values)[2][0] == "A"
    assert sorted(cycle.settings.folder.rglob("*")) == before


def test_a_workbook_that_is_open_is_left_alone(cycle: Cycle, tmp_path: Path) -> None:
    (tmp_path / "~$chase.xlsx").write_text("")
    done = run(cycle.settings.folder, "status", "--out", tmp_path / "chase.xlsx")
    assert (done.returncode, done.stdout) == (2, "")
    assert "chase.xlsx" in done.stderr


@pytest.mark.parametrize("option", ["--mine", "--reviewer"])
def test_a_colleague_sees_hers_and_hears_of_a_wrong_name(option: str, cycle: Cycle) -> None:
    folder = cycle.settings.folder
    assert len(json.loads(run(folder, "status", option, "Li", "--format", "json").stdout)["departments"]) == 2
    done = run(folder, "status", option, "Qian")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Qian" in done.stderr
    assert "Li" in done.stderr


def test_a_register_row_that_could_not_be_used_is_told_beside(cycle: Cycle) -> None:
    kit.register(cycle, {"": "2018-07-04 09:00"})
    done = run(cycle.settings.folder, "status", "--format", "json")
    assert json.loads(done.stdout)["departments"]
    assert "register.xlsx" in done.stderr


def test_a_folder_that_is_no_cycle(tmp_path: Path) -> None:
    done = run(tmp_path, "status")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cycle.toml" in done.stderr


# --- kpi-xlsx alone ---------------------------------------------------------------------------------------------------


def test_alone_where_there_is_no_cycle_it_helps(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.rstrip() == run(tmp_path, "--help").stdout.rstrip()


def test_alone_and_piped_it_says_what_to_type(cycle: Cycle) -> None:
    done = run(cycle.settings.folder)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    commands = [line.split()[1] for line in lines if line.startswith("  kpi-xlsx ")]
    assert commands == ["generate", "validate", "feedback", "merge", "status", "status", "close"]
    merge = next(line for line in lines if line.startswith("  kpi-xlsx merge"))
    assert cycle.context.language.say("还没有汇总", "not merged yet") in merge
    assert "register.xlsx" in done.stdout


def test_alone_where_the_cycle_is_at_fault_it_says_what_is_wrong(cycle: Cycle) -> None:
    cycle.settings.plan.unlink()
    done = run(cycle.settings.folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "plan.xlsx" in done.stderr
    assert "Traceback" not in done.stderr


terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals to talk through")


INTERRUPT = b"\x03"


def type_into(cycle: Cycle, keys: Sequence[bytes], *, language: Language | None = None) -> tuple[int, str]:
    """Run kpi-xlsx alone on a terminal, typing one of the keys at each question; the exit code and all it showed."""
    import pty
    import select

    master, slave = pty.openpty()
    asked = cycle.context.language.say("输入数字后回车：", "Type a number, then Enter: ").encode()
    process = subprocess.Popen(
        [sys.executable, "-m", "kpi_xlsx"],
        cwd=cycle.settings.folder,
        env=environment(language or cycle.context.language),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(slave)
    shown, left, from_, typed = b"", list(keys), 0, b""
    try:
        for _ in range(10_000):
            if not select.select([master], [], [], 2 if typed == INTERRUPT else 60)[0]:
                if typed != INTERRUPT:
                    break
                os.write(master, INTERRUPT)  # one that comes just before Python begins to read is not heard
                continue
            try:
                piece = os.read(master, 4096)
            except OSError:  # Linux says so when the other side has closed
                break
            if not piece:
                break
            shown += piece
            if asked in shown[from_:] and left:
                from_ = len(shown)
                typed = left.pop(0)
                os.write(master, typed)
        return process.wait(60), shown.decode("utf-8", "replace").replace("\r\n", "\n")
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _take_terminal() -> None:
    """Make the terminal the process's own, so that Ctrl-C reaches it."""
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a run of the tests in the background has it ignored
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@terminal
def test_the_menu_runs_a_command_and_comes_back(cycle: Cycle) -> None:
    say = cycle.context.language.say
    code, shown = type_into(cycle, [b"4\n", "５\n".encode(), b"6\n", b"0\n"])
    assert code == 0
    assert cycle.settings.master.is_file()
    assert (cycle.settings.folder / say("催报名单.xlsx", "chase.xlsx")).is_file()
    assert shown.count(say("1 生成填报表", "1 Write the forms")) == 4
    assert shown.count(say("（1 个文件还没有汇总）", " (1 file not merged yet)")) == 1
    assert say("结账", "Closing") in shown
    assert "Traceback" not in shown


@terminal
def test_the_menu_says_that_a_number_is_wrong(cycle: Cycle) -> None:
    code, shown = type_into(cycle, [b"9\n", b"x\n", b"\n"])
    assert code == 0
    assert shown.count(cycle.context.language.say("请输入 0 到 8", "type 0 to 8")) == 2
    assert shown.count(cycle.context.language.say("1 生成填报表", "1 Write the forms")) == 1


@terminal
@pytest.mark.parametrize("key", [INTERRUPT, b"\x04", b"0\n", b"\n"], ids=["Ctrl-C", "Ctrl-D", "0", "Enter"])
def test_the_menu_is_left_quietly(key: bytes, cycle: Cycle) -> None:
    code, shown = type_into(cycle, [key])
    question = cycle.context.language.say("输入数字后回车：", "Type a number, then Enter: ")
    assert code == 0
    assert shown.rpartition(question)[2].replace("^C", "").strip() in ("", "0")


@terminal
def test_a_command_that_fails_does_not_end_the_menu(cycle: Cycle) -> None:
    (cycle.settings.folder / "~$master.xlsx").write_text("")
    code, shown = type_into(cycle, [b"4\n", b"2\n", b"0\n"])
    say = cycle.context.language.say
    assert code == 0
    assert "~$master.xlsx" in shown
    assert shown.count(say("0 退出", "0 Leave")) == 3
    assert (cycle.settings.folder / say("审核意见.xlsx", "findings.xlsx")).is_file()
